#include "app/cli/batch_run.h"

#include <gmock/gmock.h>

#include <sstream>

#include "reconstruction/body/procedural_body.h"
#include "reconstruction/motion/observation_file.h"
#include "tests/capture/sample_files.h"
#include "tests/fixtures/sample_reconstruction.h"

namespace ahap {
namespace {

using namespace testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
namespace fs = std::filesystem;

// Without networks: every capture's result is the sample reconstruction with its views.
class BatchRun : public ::testing::Test {
 protected:
  BatchRun() {
    for (const char* capture : {"a", "b", "c", "d"})
      for (const char* view : {"left.png", "right.png"}) write_picture(place_ / "captures" / capture / view);
    request_.inputs = {place_ / "captures"};
    request_.output = place_ / "out";
    request_.reconstruct.exports = export_selection({"json", "ply"});
    tools_.has_ranges = [] { return false; };
    tools_.load = [this] {
      ++loads_;
      ReconstructTools::Runs runs;
      runs.frame = [this](const std::vector<View>& views, const Options&, const Progress&) {
        const std::string capture = fs::path(views[0].path).parent_path().filename().string();
        ran_.push_back(capture);
        if (during_) during_(capture);
        return std::make_shared<const Reconstruction>(sample_reconstruction_of(views));
      };
      return runs;
    };
  }

  BatchCounts run() {
    ran_.clear();
    std::ostringstream log;
    TerminalProgress terminal(log, false, TerminalProgress::Detail::normal);
    const BatchCounts counts = run_batch(request_, tools_, terminal);
    log_ = log.str();
    return counts;
  }
  void expect(const BatchCounts& counts, int done, int failed, int skipped) const {
    EXPECT_EQ(counts.done, done) << log_;
    EXPECT_EQ(counts.failed, failed) << log_;
    EXPECT_EQ(counts.skipped, skipped) << log_;
  }
  // The lines of the table, without the seconds.
  std::vector<std::string> table(const std::string& name = "outcomes.csv") const {
    std::ifstream in(place_ / "out" / name);
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);) {
      const std::size_t from = line.find(',', line.find(',') + 1), to = line.find(',', from + 1);
      lines.push_back(line.erase(from, to - from));
    }
    return lines;
  }

  TemporaryFolder place_;
  BatchRequest request_;
  ReconstructTools tools_;
  std::function<void(const std::string& capture)> during_;
  int loads_ = 0;
  std::vector<std::string> ran_;
  std::string log_;
};

const std::string kHead = "capture,outcome,views,people,message";

TEST_F(BatchRun, does_every_capture_into_a_folder_of_its_name_with_one_load_of_the_model) {
  expect(run(), 4, 0, 0);
  EXPECT_THAT(ran_, ElementsAre("a", "b", "c", "d"));
  EXPECT_EQ(loads_, 1);
  for (const std::string& capture : ran_)
    EXPECT_TRUE(fs::exists(place_ / "out" / capture / "reconstruction.json")) << capture;
  EXPECT_THAT(table(), ElementsAre(kHead, "a,done,5,2,", "b,done,5,2,", "c,done,5,2,", "d,done,5,2,"));
  EXPECT_THAT(log_, HasSubstr("c (3 of 4): decode"));
}

TEST_F(BatchRun, goes_on_after_captures_that_fail_and_does_them_again_the_next_time) {
  for (const char* view : {"left.png", "right.png"}) write_bytes(place_ / "captures/b" / view, "rubbish");
  write_bytes(place_ / "list.txt", "captures/a\ncaptures/b\ncaptures/gone\ncaptures/c\n");
  request_.inputs = {place_ / "list.txt"};
  during_ = [](const std::string& capture) {
    if (capture == "c") throw std::bad_alloc();
  };
  expect(run(), 1, 3, 0);
  const auto rows = table();
  ASSERT_EQ(rows.size(), 5u);
  EXPECT_THAT(rows[2], HasSubstr("b,failed,,,"));
  EXPECT_THAT(rows[2], HasSubstr("captures/b"));
  EXPECT_THAT(rows[3], HasSubstr("c,failed,,,"));
  EXPECT_THAT(rows[3], HasSubstr("memory"));
  EXPECT_THAT(rows[4], HasSubstr("gone: does not exist"));
  EXPECT_FALSE(fs::exists(place_ / "out/c")) << "nothing half is left";
  during_ = {};
  expect(run(), 1, 2, 1);
  EXPECT_THAT(ran_, ElementsAre("c"));
  EXPECT_EQ(table()[3], "c,done,5,2,");
}

TEST_F(BatchRun, skips_what_is_complete_without_loading_a_model) {
  run();
  expect(run(), 0, 0, 4);
  EXPECT_EQ(loads_, 1);
  EXPECT_EQ(table()[1], "a,skipped,5,2,its results are complete") << "what the first run told stays";
  request_.again = true;
  expect(run(), 4, 0, 0);
}

TEST_F(BatchRun, does_a_capture_again_whose_results_are_not_whole) {
  run();
  fs::remove(place_ / "out/a/points.ply");
  fs::remove(place_ / "out/b/ahap-manifest.json");
  for (const char* file : {"reconstruction.json", "points.ply"}) fs::remove(place_ / "out/b" / file);
  fs::remove_all(place_ / "out/b/people");
  fs::remove_all(place_ / "out/c");
  expect(run(), 3, 0, 1);
  EXPECT_THAT(ran_, ElementsAre("a", "b", "c"));
}

TEST_F(BatchRun, replaces_no_result_that_somebody_has_changed) {
  run();
  write_bytes(place_ / "out/a/reconstruction.json", "my corrections");
  expect(run(), 0, 1, 3);
  EXPECT_THAT(table()[1], HasSubstr("is in the way"));
  EXPECT_EQ(read_bytes(place_ / "out/a/reconstruction.json"), "my corrections");
}

TEST_F(BatchRun, stops_at_once_and_keeps_what_is_done) {
  during_ = [](const std::string& capture) {
    if (capture == "c") throw Cancelled();
  };
  EXPECT_THROW(run(), Cancelled);
  EXPECT_THAT(table(), ElementsAre(kHead, "a,done,5,2,", "b,done,5,2,"));
  EXPECT_FALSE(fs::exists(place_ / "out/c"));
  during_ = {};
  expect(run(), 2, 0, 2);
}

TEST_F(BatchRun, shares_captures_among_shards_whose_tables_are_apart) {
  request_.shard = {1, 3};
  expect(run(), 2, 0, 0);
  EXPECT_THAT(ran_, ElementsAre("a", "d"));
  request_.shard = {2, 3};
  expect(run(), 1, 0, 0);
  EXPECT_THAT(ran_, ElementsAre("b"));
  EXPECT_THAT(table("outcomes-1-of-3.csv"), ElementsAre(kHead, "a,done,5,2,", "d,done,5,2,"));
  EXPECT_THAT(table("outcomes-2-of-3.csv"), ElementsAre(kHead, "b,done,5,2,"));
  EXPECT_FALSE(fs::exists(place_ / "out/outcomes.csv"));
  request_.shard = {9, 9};
  expect(run(), 0, 0, 0);
}

TEST_F(BatchRun, fails_as_a_whole_where_the_model_cannot_be_loaded) {
  tools_.load = []() -> ReconstructTools::Runs { throw std::runtime_error("the model is damaged"); };
  EXPECT_EQ(sentence_of([&] { run(); }), "the model is damaged");
}

TEST_F(BatchRun, refuses_several_frames_where_the_model_has_none_as_one) {
  request_.reconstruct.frames = parse_frames("0:5");
  EXPECT_THAT(sentence_of([&] { run(); }), HasSubstr("--frames asks for several frames"));
  EXPECT_EQ(loads_, 0);
  request_.reconstruct.frames = parse_frames("0");
  expect(run(), 4, 0, 0);
}

TEST_F(BatchRun, overwrites_no_list_with_its_table) {
  fs::create_directories(place_ / "out");
  write_bytes(place_ / "out/outcomes.csv", "../captures/a\n");
  request_.inputs = {place_ / "out/outcomes.csv"};
  EXPECT_THAT(sentence_of([&] { run(); }), HasSubstr("is read by this run"));
  EXPECT_EQ(read_bytes(place_ / "out/outcomes.csv"), "../captures/a\n");
}

TEST_F(BatchRun, refuses_to_mix_results_of_different_options) {
  request_.options = {{"--model", "compact"}};
  run();
  request_.options = {{"--model", "photo"}};
  EXPECT_THAT(sentence_of([&] { run(); }), HasSubstr("--model: compact, now photo"));
  EXPECT_THAT(ran_, IsEmpty());
}

// Cameras of three frames, of which a range is made.
class BatchOfRanges : public BatchRun {
 protected:
  BatchOfRanges() {
    for (const char* camera : {"left", "right"})
      for (const char* frame : {"frame_1.png", "frame_2.png", "frame_3.png"})
        write_picture(place_ / "rig" / camera / frame);
    request_.inputs = {place_ / "rig"};
    request_.reconstruct.frames = parse_frames(":");
    tools_.has_ranges = [] { return true; };
    tools_.load = [this] {
      ReconstructTools::Runs runs;
      runs.range = [this](const FrameSequence& frames, const Options& options, const Progress& progress) {
        options_ = options;
        if (power_fails_) {
          ObservationWriter(options.range.observations, options.range.terms);
          throw Cancelled();
        }
        auto range = std::make_shared<Reconstruction>(
            sample_reconstruction_of(frames.read(frames.numbers[0], progress)));
        range->body_model = std::make_shared<BodyModel>(procedural_body(BodyDetail::low));
        return range;
      };
      return runs;
    };
  }
  Options options_;
  bool power_fails_ = false;
};

TEST_F(BatchOfRanges, go_on_with_what_was_observed_and_stop_at_the_first_ctrl_c) {
  power_fails_ = true;
  EXPECT_THROW(run(), Cancelled);
  EXPECT_FALSE(options_.range.finish_requested) << "nobody is there to see half a range";
  EXPECT_TRUE(fs::exists(place_ / "out/rig.observations"));
  power_fails_ = false;
  expect(run(), 1, 0, 0);
  EXPECT_TRUE(options_.range.resume);
  EXPECT_FALSE(fs::exists(place_ / "out/rig.observations"));
}

TEST_F(BatchOfRanges, are_not_done_while_what_was_observed_waits_beside_a_result_of_some_frames) {
  run();
  ObservationWriter(place_ / "out/rig.observations", options_.range.terms);
  expect(run(), 1, 0, 0);
  expect(run(), 0, 0, 1);
}

TEST_F(BatchOfRanges, begin_anew_where_the_pictures_have_changed) {
  power_fails_ = true;
  EXPECT_THROW(run(), Cancelled);
  write_picture(place_ / "rig/left/frame_1.png", corners(32, 24));
  power_fails_ = false;
  expect(run(), 1, 0, 0);
  EXPECT_FALSE(options_.range.resume);
  EXPECT_THAT(log_, HasSubstr("this run begins anew"));
  EXPECT_THAT(log_, Not(HasSubstr("--resume")));
}

}  // namespace
}  // namespace ahap

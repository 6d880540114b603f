#include "app/cli/reconstruct_run.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "reconstruction/body/procedural_body.h"
#include "reconstruction/formats/image_file.h"
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

TEST(ParseFrames, reads_one_frame_and_ranges_whose_parts_may_be_left_out) {
  const auto read = [](const std::string& text) {
    const FrameSelection range = parse_frames(text);
    return std::array{range.first, range.end, range.step};
  };
  EXPECT_EQ(read("12"), (std::array{12, 13, 1}));
  EXPECT_EQ(read("2:30:7"), (std::array{2, 30, 7}));
  EXPECT_EQ(read("2:30"), (std::array{2, 30, 1}));
  EXPECT_EQ(read(":"), (std::array{0, -1, 1}));
  EXPECT_EQ(read("::5"), (std::array{0, -1, 5}));
}

TEST(ParseFrames, refuses_everything_else) {
  for (const char* text : {"", "a", "-1", "1:2:3:4", "0:10:0", "1.5", "99999999999999"}) {
    EXPECT_THROW(parse_frames(text), std::invalid_argument) << text;
  }
}

// Runs without networks: every frame's result is the sample reconstruction with this frame's views.
class ReconstructRun : public ::testing::Test {
 protected:
  ReconstructRun() {
    tools_.load = [this] {
      ++loads_;
      ReconstructTools::Runs runs;
      runs.frame = [this](const std::vector<View>& views, const Options&, const Progress& progress) {
        views_seen_.push_back(int(views.size()));
        if (during_) during_(int(views_seen_.size()), progress);
        return std::make_shared<const Reconstruction>(sample_reconstruction_of(views));
      };
      runs.range = [this](const FrameSequence& frames, const Options& options, const Progress& progress) {
        options_ = options;
        if (during_range_) during_range_();
        return range_of(frames, progress);
      };
      return runs;
    };
    tools_.has_ranges = [this] { return has_ranges_; };
    tools_.draw = [](const Reconstruction&, const fs::path& png) { write_bytes(png, "picture"); };
    request_.output = place_ / "out";
  }

  // The sample's people in every frame that can be read.
  std::shared_ptr<const Reconstruction> range_of(const FrameSequence& frames, const Progress& progress) {
    auto range = std::make_shared<Reconstruction>();
    for (const int number : frames.numbers) {
      const std::vector<View> views = frames.read(number, progress);
      views_seen_.push_back(int(views.size()));
      if (views.empty()) continue;
      if (range->frames.empty()) {
        *range = sample_reconstruction_of(views);
        range->body_model = std::make_shared<BodyModel>(procedural_body(BodyDetail::low));
        range->frames.clear();
        for (Person& person : range->people) person.bodies.resize(1);
      }
      ReconstructedFrame& frame = range->frames.emplace_back();
      frame.number = number;
      frame.time = number / 25.0;
      for (Person& person : range->people) {
        if (range->frames.size() > 1) person.bodies.push_back(person.bodies.front());
        person.bodies.back().frame = int(range->frames.size()) - 1;
        person.bodies.back().detections.clear();
      }
    }
    return range;
  }

  // A capture of two cameras with as many frames.
  void two_cameras(int frames) {
    for (const char* camera : {"left", "right"}) {
      for (int i = 0; i < frames; ++i) {
        write_picture(place_ / "capture" / camera / (std::to_string(i) + ".png"));
      }
    }
    request_.inputs = {place_ / "capture"};
  }

  void run() {
    std::ostringstream log;
    TerminalProgress terminal(log, false, TerminalProgress::Detail::normal);
    try {
      run_reconstruct(request_, tools_, terminal, out_);
    } catch (...) {
      log_ = log.str();
      throw;
    }
    log_ = log.str();
  }

  TemporaryFolder place_;
  ReconstructRequest request_;
  ReconstructTools tools_;
  std::function<void(int frames_so_far, const Progress&)> during_;
  std::function<void()> during_range_;
  Options options_;  // of the last range
  bool has_ranges_ = false;
  int loads_ = 0;
  std::vector<int> views_seen_;
  std::ostringstream out_;
  std::string log_;
};

TEST_F(ReconstructRun, takes_known_cameras_from_a_file_and_says_so) {
  two_cameras(1);
  const fs::path calibration = place_ / "Calib.toml";
  const auto table = [](const std::string& name) {
    return "[" + name + "]\nsize = [64, 48]\nmatrix = [[80, 0, 32], [0, 80, 24], [0, 0, 1]]\n" +
           "distortions = [0, 0, 0, 0]\nrotation = [0, 0, 0]\ntranslation = [0, 0, 0]\n";
  };
  write_bytes(calibration, table("left") + table("right"));
  request_.known_cameras = calibration;
  request_.options.known_cameras.intrinsics = KnownUse::start;
  std::vector<View> seen;
  KnownUse intrinsics{};
  const auto load = tools_.load;
  tools_.load = [&, load] {
    ReconstructTools::Runs runs = load();
    runs.frame = [&](const std::vector<View>& views, const Options& options, const Progress&) {
      seen = views;
      intrinsics = options.known_cameras.intrinsics;
      return std::make_shared<const Reconstruction>(sample_reconstruction_of(views));
    };
    return runs;
  };
  run();
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_TRUE(seen[0].known && seen[1].known);
  EXPECT_EQ(intrinsics, KnownUse::start);
  EXPECT_THAT(log_, HasSubstr("2 of 2 cameras known from " + calibration.string() +
                              ": intrinsics as a start, poses fixed"));
  request_.options.known_cameras = {KnownUse::ignore, KnownUse::ignore};
  run();
  EXPECT_FALSE(seen[0].known);
  request_.known_cameras = place_ / "nowhere.toml";
  EXPECT_THAT(sentence_of([&] { run(); }), HasSubstr("nowhere.toml"));
  request_.known_cameras = calibration;
  request_.picture = calibration;
  EXPECT_THAT(sentence_of([&] { run(); }), HasSubstr("Calib.toml")) << "an input is not overwritten";
}

TEST_F(ReconstructRun, writes_one_frame_into_the_folder_itself) {
  two_cameras(1);
  run();
  EXPECT_EQ(views_seen_, std::vector{2});
  EXPECT_TRUE(fs::exists(place_ / "out/reconstruction.json"));
  EXPECT_FALSE(fs::exists(place_ / "out/frame_000000"));
}

TEST_F(ReconstructRun, takes_the_first_frame_and_says_that_there_are_more) {
  two_cameras(3);
  run();
  EXPECT_EQ(views_seen_.size(), 1u);
  EXPECT_THAT(log_, HasSubstr("3 frames and the first is reconstructed; --frames chooses others"));
}

TEST_F(ReconstructRun, writes_several_frames_into_folders_of_their_own_with_one_model) {
  two_cameras(5);
  request_.frames = parse_frames("0:5:2");
  request_.picture = place_ / "out.png";
  run();
  EXPECT_EQ(loads_, 1);
  for (const char* frame : {"frame_000000", "frame_000002", "frame_000004"}) {
    EXPECT_TRUE(fs::exists(place_ / "out" / frame / "scene.glb")) << frame;
    EXPECT_TRUE(fs::exists(place_ / ("out_" + std::string(frame) + ".png"))) << frame;
  }
  EXPECT_FALSE(fs::exists(place_ / "out/frame_000001"));
  EXPECT_THAT(log_, HasSubstr("frame 4 (3 of 3)"));
}

TEST_F(ReconstructRun, makes_one_result_of_several_frames_where_the_model_can) {
  two_cameras(5);
  has_ranges_ = true;
  request_.frames = parse_frames("0:5:2");
  request_.json = true;
  run();
  EXPECT_TRUE(fs::exists(place_ / "out/scene.glb"));
  EXPECT_TRUE(fs::exists(place_ / "out/motion/person_01.bvh"));
  EXPECT_FALSE(fs::exists(place_ / "out/frame_000000"));
  EXPECT_THAT(log_, HasSubstr("views, 3 frames, 2 people"));
  const auto summary = nlohmann::json::parse(out_.str());
  EXPECT_EQ(summary["range"]["count"], 3);
  EXPECT_EQ(summary["range"]["first_frame"], 0);
  EXPECT_EQ(summary["range"]["last_frame"], 4);
  EXPECT_EQ(summary["range"]["people"][0]["frames"], 3);
}

TEST_F(ReconstructRun, keeps_frames_apart_when_asked) {
  two_cameras(3);
  has_ranges_ = true;
  request_.each_frame = true;
  request_.frames = parse_frames(":");
  run();
  EXPECT_TRUE(fs::exists(place_ / "out/frame_000002/scene.glb"));
  EXPECT_FALSE(fs::exists(place_ / "out/scene.glb"));
}

TEST_F(ReconstructRun, a_range_goes_on_after_a_frame_that_cannot_be_read_and_tells_of_it_once) {
  two_cameras(3);
  has_ranges_ = true;
  request_.frames = parse_frames(":");
  for (const char* camera : {"left", "right"}) write_bytes(place_ / "capture" / camera / "1.png", "rubbish");
  run();
  EXPECT_THAT(views_seen_, ElementsAre(2, 0, 2));
  EXPECT_THAT(log_, HasSubstr("frame 1: is left out: "));
  EXPECT_THAT(log_, HasSubstr("views, 2 frames"));
}

TEST_F(ReconstructRun, refuses_to_write_nothing) {
  two_cameras(2);
  request_.exports = export_selection({"bvh", "cameras"});
  EXPECT_THAT(sentence_of([&] { run(); }), HasSubstr("formats of several frames"));
  EXPECT_THAT(views_seen_, IsEmpty());
}

TEST_F(ReconstructRun, gives_the_offsets_of_cameras_to_a_range) {
  two_cameras(3);
  has_ranges_ = true;
  request_.frames = parse_frames(":");
  request_.offsets = {parse_offset("right=-3f")};
  run();
  EXPECT_EQ(options_.range.offsets, (std::vector<std::optional<double>>{{}, -0.1}));
  request_.offsets = {parse_offset("middle=1")};
  EXPECT_THAT(sentence_of([&] { run(); }), HasSubstr("no camera is called middle; there are left, right"));
}

TEST_F(ReconstructRun, keeps_observations_of_a_range_until_its_result_is_complete) {
  two_cameras(3);
  has_ranges_ = true;
  request_.frames = parse_frames(":");
  const fs::path kept = place_ / "out.observations";
  during_range_ = [&] { ObservationWriter(options_.range.observations, options_.range.terms); };
  run();
  EXPECT_EQ(options_.range.observations, kept);
  EXPECT_FALSE(options_.range.resume);
  EXPECT_FALSE(fs::exists(kept));

  during_range_ = [&] {
    ObservationWriter(options_.range.observations, options_.range.terms);
    throw std::runtime_error("the power is gone");
  };
  EXPECT_THROW(run(), std::runtime_error);
  EXPECT_TRUE(fs::exists(kept));
  EXPECT_THAT(log_, HasSubstr("the same command with --resume goes on"));

  during_range_ = {};
  request_.resume = true;
  run();
  EXPECT_TRUE(options_.range.resume);
  EXPECT_FALSE(fs::exists(kept));
  run();
  EXPECT_FALSE(options_.range.resume);
  EXPECT_THAT(log_, HasSubstr("this one begins anew"));
}

TEST_F(ReconstructRun, resumes_no_range_whose_pictures_have_changed) {
  two_cameras(3);
  has_ranges_ = true;
  request_.frames = parse_frames(":");
  during_range_ = [&] {
    ObservationWriter(options_.range.observations, options_.range.terms);
    throw std::runtime_error("the power is gone");
  };
  EXPECT_THROW(run(), std::runtime_error);
  write_bytes(place_ / "capture/left/1.png", "another");
  request_.resume = true;
  const int loads = loads_;
  EXPECT_THAT(sentence_of([&] { run(); }), HasSubstr("is of another run: left was "));
  EXPECT_EQ(loads_, loads) << "known before models are loaded";
  EXPECT_TRUE(fs::exists(place_ / "out.observations"));
}

TEST_F(ReconstructRun, overwrites_no_other_file_with_observations) {
  two_cameras(3);
  has_ranges_ = true;
  request_.frames = parse_frames(":");
  write_bytes(place_ / "out.observations", "my notes on birds");
  EXPECT_THAT(sentence_of([&] { run(); }), HasSubstr("out.observations is in the way"));
  EXPECT_EQ(read_bytes(place_ / "out.observations"), "my notes on birds");
}

TEST_F(ReconstructRun, refuses_offsets_and_resuming_of_single_frames) {
  two_cameras(2);
  request_.resume = true;
  EXPECT_THAT(sentence_of([&] { run(); }), HasSubstr("--resume and --offsets are of several frames"));
}

TEST_F(ReconstructRun, refuses_tensors_of_a_range) {
  two_cameras(2);
  has_ranges_ = true;
  request_.frames = parse_frames(":");
  request_.options.dump_tensors = place_ / "tensors.safetensors";
  EXPECT_THAT(sentence_of([&] { run(); }), HasSubstr("--each-frame"));
  EXPECT_THAT(views_seen_, IsEmpty());
}

TEST_F(ReconstructRun, goes_on_after_a_frame_that_cannot_be_read) {
  two_cameras(3);
  write_bytes(place_ / "capture/left/1.png", "text");
  write_bytes(place_ / "capture/right/1.png", "text");
  request_.frames = parse_frames(":");
  run();
  EXPECT_EQ(views_seen_.size(), 2u);
  EXPECT_TRUE(fs::exists(place_ / "out/frame_000002"));
  EXPECT_FALSE(fs::exists(place_ / "out/frame_000001"));
  EXPECT_THAT(log_, HasSubstr("frame_000001: is left out"));
}

TEST_F(ReconstructRun, writes_only_the_formats_that_were_asked_for) {
  two_cameras(1);
  request_.exports = {.ply = false, .obj = false, .glb = true, .colmap = false, .npz = false, .json = false};
  run();
  EXPECT_TRUE(fs::exists(place_ / "out/scene.glb"));
  EXPECT_EQ(std::distance(fs::directory_iterator(place_ / "out"), fs::directory_iterator()), 2)
      << "the other one lists what was written";
}

TEST_F(ReconstructRun, prints_its_summary_as_json_and_nothing_else_on_standard_output) {
  two_cameras(1);
  request_.json = true;
  run();
  const auto summary = nlohmann::json::parse(out_.str());
  EXPECT_EQ(summary["frames"][0]["people"].size(), 2u);
  EXPECT_EQ(summary["frames"][0]["people"][0]["height"], 1.7);
  EXPECT_EQ(summary["frames"][0]["folder"], fs::weakly_canonical(place_ / "out").string());
  EXPECT_TRUE(summary["problems"].empty());
}

TEST_F(ReconstructRun, keeps_standard_output_clean_without_json) {
  two_cameras(1);
  run();
  EXPECT_EQ(out_.str(), "");
  EXPECT_THAT(log_, HasSubstr("2 people"));
}

TEST_F(ReconstructRun, leaves_the_results_of_an_earlier_run_when_it_is_stopped) {
  two_cameras(1);
  run();
  const std::string before = read_bytes(place_ / "out/reconstruction.json");
  during_ = [](int, const Progress&) { throw Cancelled(); };
  EXPECT_THROW(run(), Cancelled);
  EXPECT_EQ(read_bytes(place_ / "out/reconstruction.json"), before);
}

TEST_F(ReconstructRun, leaves_nothing_of_the_frame_in_work_and_all_of_those_before_when_it_is_stopped) {
  two_cameras(3);
  request_.frames = parse_frames(":");
  during_ = [](int frames_so_far, const Progress&) {
    if (frames_so_far == 2) throw Cancelled();
  };
  EXPECT_THROW(run(), Cancelled);
  EXPECT_TRUE(fs::exists(place_ / "out/frame_000000/reconstruction.json"));
  EXPECT_EQ(std::distance(fs::directory_iterator(place_ / "out"), fs::directory_iterator()), 1);
}

TEST_F(ReconstructRun, tries_every_output_before_it_computes) {
  two_cameras(1);
  request_.picture = place_ / "nowhere/picture.png";
  EXPECT_THAT(sentence_of([&] { run(); }), HasSubstr("nowhere/picture.png: cannot be written"));
  EXPECT_EQ(loads_, 0);
  EXPECT_FALSE(fs::exists(place_ / "out"));
}

TEST_F(ReconstructRun, refuses_an_output_that_is_an_input_before_it_computes) {
  two_cameras(1);
  const fs::path photo = place_ / "capture/left/0.png";
  const std::string before = read_bytes(photo);
  for (fs::path* output : {&request_.picture, &request_.options.dump_tensors}) {
    *output = place_ / "capture/left/../left/0.png";
    EXPECT_THAT(sentence_of([&] { run(); }), HasSubstr("0.png: is read by this run"))
        << "by its file, not its name";
    output->clear();
  }
  EXPECT_EQ(read_bytes(photo), before);
  EXPECT_EQ(loads_, 0);
  EXPECT_FALSE(fs::exists(place_ / "out"));
}

TEST_F(ReconstructRun, refuses_the_picture_of_a_later_frame_that_is_an_input) {
  two_cameras(2);
  fs::create_symlink("capture/right/1.png", place_ / "shot_frame_000001.png");
  request_.picture = place_ / "shot.png";
  request_.frames = parse_frames(":");
  EXPECT_THAT(sentence_of([&] { run(); }), HasSubstr("shot_frame_000001.png: is read by this run as"));
}

TEST_F(ReconstructRun, refuses_two_outputs_of_one_name_and_a_picture_with_the_name_of_a_result) {
  two_cameras(1);
  request_.picture = request_.options.dump_tensors = place_ / "both";
  EXPECT_THAT(sentence_of([&] { run(); }), HasSubstr("both: is given for two outputs"));
  request_.options.dump_tensors.clear();
  request_.picture = place_ / "out/scene.glb";
  EXPECT_THAT(sentence_of([&] { run(); }), HasSubstr("scene.glb: is the name of one of the results"));
}

TEST_F(ReconstructRun, refuses_what_others_have_put_in_the_place_of_results_before_it_computes) {
  two_cameras(2);
  fs::create_directories(place_ / "out/frame_000001/people");
  write_bytes(place_ / "out/frame_000001/people/07.ply", "my own");
  request_.frames = parse_frames(":");
  EXPECT_THAT(sentence_of([&] { run(); }), HasSubstr("out/frame_000001/people/07.ply is in the way"));
  EXPECT_EQ(loads_, 0);
  EXPECT_EQ(read_bytes(place_ / "out/frame_000001/people/07.ply"), "my own");
  EXPECT_FALSE(fs::exists(place_ / "out/frame_000000"));
}

TEST_F(ReconstructRun, keeps_what_others_have_beside_results) {
  two_cameras(1);
  fs::create_directories(place_ / "out/people");
  write_bytes(place_ / "out/people/cam01.jpg", "photo");
  run();
  run();
  EXPECT_EQ(read_bytes(place_ / "out/people/cam01.jpg"), "photo");
  EXPECT_TRUE(fs::exists(place_ / "out/people/01.obj"));
}

TEST_F(ReconstructRun, is_refused_while_another_run_writes_there) {
  two_cameras(1);
  std::string second;
  during_ = [&](int runs, const Progress&) {
    if (runs == 1) second = sentence_of([&] { run(); });
  };
  run();
  EXPECT_THAT(second, HasSubstr((place_ / "out").string() + ": is being written by"));
  EXPECT_TRUE(fs::exists(place_ / "out/reconstruction.json"));
}

TEST_F(ReconstructRun, says_that_no_frame_was_chosen) {
  two_cameras(2);
  request_.frames = parse_frames("7:9");
  EXPECT_THAT(sentence_of([&] { run(); }), HasSubstr("has 2 frames, counted from 0"));
}

TEST_F(ReconstructRun, what_a_run_wrote_into_the_capture_is_no_view_of_the_next) {
  two_cameras(1);
  tools_.draw = [](const Reconstruction&, const fs::path& png) { write_drawing(Image(64, 48), png); };
  request_.picture = place_ / "capture/result.png";
  request_.output = place_ / "capture/result";
  run();
  EXPECT_THAT(log_, Not(HasSubstr("left out")));
  run();
  EXPECT_EQ(views_seen_, (std::vector{2, 2}));
  EXPECT_THAT(log_, HasSubstr("result.png: is left out: this program has drawn it"));
  EXPECT_THAT(log_, HasSubstr("capture/result: is left out: it is a result of this program"));
}

TEST_F(ReconstructRun, films_all_frames_of_a_range_and_tells_what_there_is_to_tell) {
  two_cameras(3);
  has_ranges_ = true;
  request_.frames = parse_frames(":");
  request_.turntable = place_ / "turn.mp4";
  std::size_t frames_filmed = 0;
  tools_.film = [&](const Reconstruction& range, const fs::path& mp4, const Progress&) -> std::string {
    frames_filmed = range.frames.size();
    write_bytes(mp4, "film");
    return "It is a film of few colours";
  };
  run();
  EXPECT_EQ(frames_filmed, 3u);
  EXPECT_EQ(read_bytes(place_ / "turn.mp4"), "film");
  EXPECT_THAT(log_, HasSubstr("note: It is a film of few colours"));
}

TEST_F(ReconstructRun, refuses_drawings_that_cannot_be_before_anything_is_loaded) {
  two_cameras(1);
  write_bytes(place_ / "mine.mp4", "somebody's");
  request_.turntable = place_ / "mine.mp4";
  EXPECT_THAT(sentence_of([&] { run(); }),
              HasSubstr("mine.mp4: is there already and no film of this program"));
  EXPECT_EQ(read_bytes(place_ / "mine.mp4"), "somebody's");
  request_.turntable = place_ / "turn.mp4";
  request_.picture = request_.turntable;
  EXPECT_THAT(sentence_of([&] { run(); }), HasSubstr("is given for two outputs"));
  request_.picture.clear();
  request_.picture_options.width = 7000;
  EXPECT_THAT(sentence_of([&] { run(); }), HasSubstr("A film of 7000 x 1000 pixels is too large"));
  request_.turntable.clear();
  request_.picture = place_ / "result.png";
  request_.picture_options.height = 99999;
  EXPECT_THAT(sentence_of([&] { run(); }), HasSubstr("A picture of 7000 x 99999 pixels cannot be drawn"));
  EXPECT_EQ(loads_, 0);
}

TEST_F(ReconstructRun, tells_what_it_left_out) {
  for (const char* name : {"a.png", "b.png"}) write_picture(place_ / "capture" / name);
  write_bytes(place_ / "capture/c.png", "text");
  request_.inputs = {place_ / "capture"};
  request_.json = true;
  run();
  EXPECT_EQ(views_seen_, std::vector{2});
  EXPECT_THAT(log_, HasSubstr("c.png: is not a picture"));
  const auto problems = nlohmann::json::parse(out_.str())["problems"];
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0]["path"], (place_ / "capture/c.png").string());
}

}  // namespace
}  // namespace ahap

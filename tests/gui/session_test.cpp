#include "app/gui/session.h"

#include <gmock/gmock.h>

#include "reconstruction/formats/json_file.h"
#include "reconstruction/formats/npz.h"
#include "tests/gui/session_fixture.h"

namespace ahap {
namespace {

using namespace testing;
using namespace std::chrono_literals;
namespace fs = std::filesystem;
using ::testing::HasSubstr;
using Phase = Job::Phase;

TEST_F(SessionTest, runs_what_it_opens_without_being_asked) {
  start();
  session_->open({pictures(3)});
  ASSERT_TRUE(finished());
  EXPECT_EQ(session_->capture_name(), "capture");
  EXPECT_EQ(session_->result()->model_name, "3 views");
  EXPECT_TRUE(session_->notices().empty());
}

TEST_F(SessionTest, wakes_the_window_when_there_is_something_new) {
  start();
  session_->open({pictures(1)});
  ASSERT_TRUE(finished());
  EXPECT_GE(woken_, 4) << "opened, thumbnail, stage, result";
}

TEST_F(SessionTest, shows_a_small_picture_of_every_camera_and_the_trouble_of_those_without) {
  start();
  const fs::path folder = pictures(2);
  write_picture(folder / "cam2.png", corners(1600, 1200));
  cv::Mat noise(300, 400, CV_8UC3);
  cv::randu(noise, 0, 255);
  write_picture(folder / "cam3.jpg", noise);
  cut_to(folder / "cam3.jpg", 0.5);
  session_->open({folder});
  ASSERT_TRUE(finished());
  EXPECT_TRUE(
      eventually([&] { return session_->pictures().size() == 3 && session_->pictures()[2].revision > 0; }));
  EXPECT_EQ(session_->pictures()[2].thumbnail.width, 480);
  EXPECT_TRUE(told(Notice::Kind::warning, "cam3.jpg: is damaged"));
}

TEST_F(SessionTest, says_why_something_cannot_be_opened_and_keeps_what_was_there) {
  start();
  session_->open({pictures(2)});
  ASSERT_TRUE(finished());
  const auto before = session_->result();
  session_->open({place_ / "missing"});
  ASSERT_TRUE(eventually([&] { return !session_->opening(); }));
  EXPECT_TRUE(told(Notice::Kind::error, "missing: does not exist"));
  EXPECT_EQ(session_->result(), before);
  EXPECT_EQ(session_->capture_name(), "capture");
}

TEST_F(SessionTest, shows_only_the_last_of_several_captures_dropped_one_after_the_other) {
  start();
  session_->open({pictures(1, "first")});
  session_->open({pictures(2, "second")});
  session_->open({pictures(3, "third")});
  ASSERT_TRUE(finished());
  EXPECT_EQ(session_->capture_name(), "third");
  EXPECT_EQ(session_->result()->model_name, "3 views");
}

TEST_F(SessionTest, forgets_the_result_of_the_capture_before) {
  std::atomic<bool> go_on = true;
  start([&](const std::vector<View>&, const Options&, const Progress& progress) {
    while (!go_on) step(progress, "waiting", 0.5);
    return empty_result(0);
  });
  session_->open({pictures(1, "first")});
  ASSERT_TRUE(finished());
  go_on = false;
  session_->open({pictures(2, "second")});
  ASSERT_TRUE(eventually([&] { return session_->capture_name() == "second"; }));
  session_->update();
  EXPECT_EQ(session_->result(), nullptr);
  go_on = true;
  EXPECT_TRUE(finished());
}

TEST_F(SessionTest, tells_why_a_run_has_failed) {
  start(
      [](const std::vector<View>&, const Options&, const Progress&) -> std::shared_ptr<const Reconstruction> {
        throw std::runtime_error("scene.safetensors: tensor w has shape 2 x 3, 4 x 3 is needed");
      });
  session_->open({pictures(1)});
  ASSERT_TRUE(eventually([&] { return session_->run_state().phase == Phase::failed; }));
  session_->update();
  EXPECT_TRUE(told(Notice::Kind::error, "tensor w has shape 2 x 3"));
}

TEST_F(SessionTest, stops_a_run_and_can_run_again) {
  std::atomic<bool> endless = true;
  start([&](const std::vector<View>&, const Options&, const Progress& progress) {
    while (endless) {
      step(progress, "endless", 0.5);
      std::this_thread::sleep_for(1ms);
    }
    return empty_result(0);
  });
  session_->open({pictures(1)});
  ASSERT_TRUE(eventually([&] {
    return !session_->run_state().stages.empty() && session_->run_state().stages.back().name == "endless";
  }));
  session_->stop();
  ASSERT_TRUE(eventually([&] { return session_->run_state().phase == Phase::cancelled; }));
  EXPECT_EQ(session_->result(), nullptr);
  EXPECT_TRUE(session_->notices().empty()) << "stopping is no error";
  endless = false;
  session_->run();
  EXPECT_TRUE(finished());
}

TEST_F(SessionTest, runs_the_chosen_frame_of_a_sequence) {
  start([](const std::vector<View>& views, const Options&, const Progress&) {
    auto result = empty_result(views.front().frame);
    result->model_name = views.front().name;
    return result;
  });
  for (const char* camera : {"left", "right"}) pictures(3, std::string("video/") + camera);
  session_->open({place_ / "video"});
  ASSERT_TRUE(finished());
  EXPECT_EQ(session_->frame_count(), 3);
  EXPECT_EQ(session_->result()->model_name, "left/cam0.png");

  session_->choose_frame(2);
  EXPECT_EQ(first_frame(), 0) << "choosing shows another picture, the result stays";
  session_->run();
  ASSERT_TRUE(eventually([&] { return first_frame() == 2; }));
  EXPECT_EQ(session_->result()->model_name, "left/cam2.png");
  session_->choose_frame(99);
  EXPECT_EQ(session_->frame(), 2) << "there is nothing beyond the last frame";
}

TEST_F(SessionTest, shows_the_chosen_frame_of_a_result_that_has_it) {
  start([](const std::vector<View>&, const Options&, const Progress&) {
    auto result = empty_result(0);
    result->frames.emplace_back().number = 2;
    return result;
  });
  for (const char* camera : {"left", "right"}) pictures(3, std::string("video/") + camera);
  session_->open({place_ / "video"});
  ASSERT_TRUE(finished());
  EXPECT_EQ(session_->result_frame(), 0);
  session_->choose_frame(2);
  EXPECT_EQ(session_->result_frame(), 1);
  session_->choose_frame(1);
  EXPECT_EQ(session_->result_frame(), -1) << "the result does not have it";
}

TEST_F(SessionTest, a_run_that_ends_when_the_next_one_starts_keeps_its_frame) {
  std::atomic<bool> hold = true;
  start([&](const std::vector<View>& views, const Options&, const Progress& progress) {
    while (hold && views.front().name == "left/cam2.png") {
      step(progress, "people", 0.5);
      std::this_thread::sleep_for(1ms);
    }
    auto result = empty_result(views.front().frame);
    result->model_name = views.front().name;
    return result;
  });
  for (const char* camera : {"left", "right"}) pictures(3, std::string("video/") + camera);
  session_->open({place_ / "video"});
  ASSERT_TRUE(eventually([&] { return session_->capture().has_value(); }));
  while (session_->run_state().phase != Phase::done) std::this_thread::sleep_for(1ms);  // no update meanwhile
  session_->choose_frame(2);
  session_->run();
  session_->update();
  if (session_->result()) {
    EXPECT_EQ(session_->result()->model_name, "left/cam0.png");
    EXPECT_EQ(first_frame(), 0);
  }
  hold = false;
  ASSERT_TRUE(eventually([&] { return first_frame() == 2; }));
  EXPECT_EQ(session_->result()->model_name, "left/cam2.png");
}

// A run that publishes what it knows, waits to be let go on, and ends.
class PartialResults : public SessionTest {
 protected:
  void start_with_partial_results() {
    start([this](const std::vector<View>& views, const Options&, const Progress& progress) {
      auto partial = std::make_shared<Reconstruction>(sample_reconstruction_of(views));
      partial->partial = true;
      progress.publish(partial);
      while (!go_on_) {
        step(progress, "waiting", 0);
        std::this_thread::sleep_for(1ms);
      }
      return std::make_shared<Reconstruction>(sample_reconstruction_of(views));
    });
  }
  fs::path two_frames() {
    for (const char* camera : {"a", "b"}) {
      for (const char* frame : {"1.png", "2.png"})
        write_picture(place_ / "sequence" / camera / frame, corners(320, 240));
    }
    return place_ / "sequence";
  }
  std::atomic<bool> go_on_ = false;
};

TEST_F(PartialResults, are_shown_while_the_run_goes_on_and_never_written) {
  start_with_partial_results();
  session_->open({pictures(2)});
  ASSERT_TRUE(eventually([&] { return session_->result() != nullptr; }));
  EXPECT_TRUE(session_->result()->partial);
  EXPECT_FALSE(session_->result_is_complete());
  session_->write(place_ / "out", {});
  EXPECT_FALSE(session_->writing());
  go_on_ = true;
  ASSERT_TRUE(eventually([&] { return session_->result_is_complete(); }));
  EXPECT_FALSE(fs::exists(place_ / "out"));
}

TEST_F(PartialResults, never_take_the_place_of_a_complete_result_of_the_same_frame) {
  start_with_partial_results();
  go_on_ = true;
  session_->open({pictures(2)});
  ASSERT_TRUE(eventually([&] { return session_->result_is_complete(); }));
  go_on_ = false;
  session_->run();
  ASSERT_TRUE(eventually([&] { return !session_->run_state().stages.empty(); }));
  session_->update();
  EXPECT_TRUE(session_->result_is_complete());
}

TEST_F(PartialResults, of_another_frame_give_way_to_the_complete_result_when_the_run_is_stopped) {
  start_with_partial_results();
  go_on_ = true;
  session_->open({two_frames()});
  ASSERT_TRUE(eventually([&] { return session_->result_is_complete(); }));
  ASSERT_EQ(session_->frame_count(), 2);
  const auto complete = session_->result();
  go_on_ = false;
  session_->choose_frame(1);
  session_->run();
  ASSERT_TRUE(eventually([&] { return session_->result()->partial; }));
  EXPECT_EQ(first_frame(), 1);
  session_->stop();
  ASSERT_TRUE(eventually([&] { return session_->result() == complete; }));
  EXPECT_EQ(first_frame(), 0);
}

TEST_F(SessionTest, names_a_person_and_takes_the_name_back) {
  start();
  session_->open({pictures(1)});
  ASSERT_TRUE(finished());
  const auto before = session_->result();
  session_->rename(2, "Anna");
  EXPECT_EQ(person_label(*session_->result(), 2), "Anna");
  EXPECT_EQ(session_->undoable(), "Rename Person 2");
  session_->undo();
  EXPECT_EQ(session_->result(), before);
  EXPECT_EQ(session_->redoable(), "Rename Person 2");
  session_->redo();
  EXPECT_EQ(person_label(*session_->result(), 2), "Anna");
}

TEST_F(SessionTest, a_new_run_and_a_drop_can_be_undone) {
  start();
  session_->open({pictures(1, "first")});
  ASSERT_TRUE(finished());
  const auto first = session_->result();
  session_->run();
  ASSERT_TRUE(eventually([&] { return session_->result() != first; }));
  const auto second = session_->result();
  ASSERT_TRUE(eventually([&] { return !session_->run_state().active(); }));
  session_->undo();
  EXPECT_EQ(session_->result(), first);
  session_->redo();
  session_->open({pictures(2, "second")});
  ASSERT_TRUE(eventually([&] { return session_->capture_name() == "second" && session_->result(); }));
  ASSERT_TRUE(eventually([&] { return !session_->run_state().active(); }));
  EXPECT_EQ(session_->undoable(), "Open second");
  session_->undo();
  EXPECT_EQ(session_->capture_name(), "first");
  EXPECT_EQ(session_->result(), second);
  EXPECT_EQ(session_->pictures().size(), 1u);
  session_->redo();
  EXPECT_EQ(session_->capture_name(), "second");
}

// Of a run that keeps 600 MiB for corrections.
class LargeRun : public CorrectableRun {
 public:
  std::shared_ptr<const Reconstruction> with_decisions(const Decisions&, const Progress&) const override {
    return nullptr;
  }
  std::size_t bytes(std::set<const void*>& counted) const override {
    return counted.insert(this).second ? std::size_t(600) << 20 : 0;
  }
};

TEST_F(SessionTest, undo_lets_the_oldest_result_go_when_results_and_what_corrects_them_exceed_its_memory) {
  start([](const std::vector<View>& views, const Options&, const Progress&) {
    auto result = std::make_shared<Reconstruction>(sample_reconstruction_of(views));
    result->run = std::make_shared<LargeRun>();
    return result;
  });
  session_->open({pictures(1)});
  ASSERT_TRUE(finished());
  std::vector<std::weak_ptr<const Reconstruction>> results;
  for (int run = 0; run < 3; ++run) {
    const auto before = session_->result();
    results.push_back(before);
    session_->run();
    ASSERT_TRUE(eventually([&] { return session_->result() != before && !session_->run_state().active(); }));
  }
  EXPECT_TRUE(results[0].expired() && results[1].expired());
  session_->undo();
  EXPECT_EQ(session_->result(), results[2].lock());
  EXPECT_EQ(session_->undoable(), "");
}

TEST_F(SessionTest, results_that_cannot_be_corrected_are_left_alone) {
  start();
  session_->open({pictures(1)});
  ASSERT_TRUE(finished());
  const auto before = session_->result();
  EXPECT_FALSE(session_->can_correct());
  session_->correct("Merge", {1, 1});
  session_->update();
  EXPECT_EQ(session_->result(), before);
  EXPECT_FALSE(session_->run_state().active());
}

TEST_F(SessionTest, writes_the_result_and_says_where) {
  start();
  session_->open({pictures(1)});
  ASSERT_TRUE(finished());
  session_->write(place_ / "results", {});
  EXPECT_TRUE(session_->writing());
  ASSERT_TRUE(eventually([&] { return !session_->writing(); }));
  EXPECT_TRUE(told(Notice::Kind::info, (place_ / "results").string()));
  EXPECT_TRUE(fs::exists(place_ / "results/scene.glb"));
}

TEST_F(SessionTest, replaces_its_own_earlier_export_and_leaves_nobody_of_it) {
  int people = 2;
  start([&](const std::vector<View>& views, const Options&, const Progress&) {
    auto result = std::make_shared<Reconstruction>(sample_reconstruction_of(views));
    while (int(result->people.size()) > people) result->people.pop_back();
    for (Detection& detection : result->frames[0].detections)
      detection.person_id = std::min(detection.person_id, people);
    return result;
  });
  const auto write_out = [&] {
    session_->write(place_ / "results", {});
    ASSERT_TRUE(eventually([&] { return !session_->writing(); }));
  };
  session_->open({pictures(1)});
  ASSERT_TRUE(finished());
  write_out();
  EXPECT_TRUE(fs::exists(place_ / "results/people/02.obj"));
  const auto before = session_->result();
  people = 1;
  session_->run();
  ASSERT_TRUE(
      eventually([&] { return session_->result() != before && session_->run_state().phase == Phase::done; }));
  write_out();
  EXPECT_TRUE(fs::exists(place_ / "results/people/01.obj"));
  EXPECT_FALSE(fs::exists(place_ / "results/people/02.obj"));
}

TEST_F(SessionTest, does_not_replace_files_of_others) {
  start();
  fs::create_directories(place_ / "results/people");
  write_bytes(place_ / "results/people/01.obj", "my own mesh");
  session_->open({pictures(1)});
  ASSERT_TRUE(finished());
  session_->write(place_ / "results", {});
  ASSERT_TRUE(eventually([&] { return !session_->writing(); }));
  EXPECT_TRUE(told(Notice::Kind::error, (place_ / "results/people/01.obj").string() + " is in the way"));
  EXPECT_EQ(read_bytes(place_ / "results/people/01.obj"), "my own mesh");
  EXPECT_FALSE(fs::exists(place_ / "results/scene.glb"));
}

TEST_F(SessionTest, says_why_a_result_could_not_be_written) {
  start();
  session_->open({pictures(1)});
  ASSERT_TRUE(finished());
  write_bytes(place_ / "results", "a file in the way");
  session_->write(place_ / "results", {});
  ASSERT_TRUE(eventually([&] { return !session_->writing(); }));
  EXPECT_TRUE(told(Notice::Kind::error, (place_ / "results").string()));
  EXPECT_EQ(read_bytes(place_ / "results"), "a file in the way");
}

TEST_F(SessionTest, ends_at_once_while_everything_is_under_way) {
  start([](const std::vector<View>&, const Options&,
           const Progress& progress) -> std::shared_ptr<const Reconstruction> {
    while (true) step(progress, "endless", 0.5);
  });
  session_->open({pictures(20)});
  ASSERT_TRUE(eventually([&] { return session_->run_state().active(); }));
  const auto start = std::chrono::steady_clock::now();
  session_.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - start, 2s);
}

TEST_F(SessionTest, multiplies_the_world_with_its_tapes_and_takes_it_back) {
  start();
  session_->open({pictures(2)});
  ASSERT_TRUE(finished());
  const auto before = session_->result();
  session_->change_tapes("Measure 2.00 m", {{{.place = {0, 0, 0}}, {.place = {0, 2, 0}}}});
  session_->rescale("Scale: Person 1 is 1.80 m tall", 1.2);
  ASSERT_TRUE(eventually([&] { return session_->result() != before && !session_->run_state().active(); }));
  EXPECT_DOUBLE_EQ(session_->result()->scale, before->scale * 1.2);
  EXPECT_FLOAT_EQ(session_->tapes()[0].to.place.y(), 2.4f);
  EXPECT_EQ(session_->undoable(), "Scale: Person 1 is 1.80 m tall");
  session_->undo();
  EXPECT_EQ(session_->result(), before);
  EXPECT_FLOAT_EQ(session_->tapes()[0].to.place.y(), 2);
  session_->undo();
  EXPECT_TRUE(session_->tapes().empty());
  session_->redo();
  session_->redo();
  EXPECT_DOUBLE_EQ(session_->result()->scale, before->scale * 1.2);
  EXPECT_FLOAT_EQ(session_->tapes()[0].to.place.y(), 2.4f);
}

TEST_F(SessionTest, another_run_begins_without_tapes_and_undo_brings_them_back) {
  start();
  session_->open({pictures(2)});
  ASSERT_TRUE(finished());
  session_->change_tapes("Measure 2.00 m", {{{.place = {0, 0, 0}}, {.place = {0, 2, 0}}}});
  const auto before = session_->result();
  session_->run();
  ASSERT_TRUE(eventually([&] { return session_->result() != before && !session_->run_state().active(); }));
  EXPECT_TRUE(session_->tapes().empty());
  session_->undo();
  EXPECT_EQ(session_->tapes().size(), 1u);
}

TEST_F(SessionTest, tapes_are_work_that_can_be_lost) {
  start();
  session_->open({pictures(2)});
  ASSERT_TRUE(finished());
  EXPECT_FALSE(session_->has_unsaved_changes());
  session_->change_tapes("Measure 2.00 m", {{{.place = {0, 0, 0}}, {.place = {0, 2, 0}}}});
  EXPECT_TRUE(session_->has_unsaved_changes());
  session_->save(place_ / "a.ahap", {}, {});
  ASSERT_TRUE(eventually([&] { return !session_->saving(); }));
  EXPECT_TRUE(session_->is_saved());
  session_->change_tapes("Remove a tape", {});
  EXPECT_FALSE(session_->is_saved());
}

TEST_F(SessionTest, writes_the_world_as_it_was_multiplied) {
  start();
  session_->open({pictures(2)});
  ASSERT_TRUE(finished());
  const auto before = session_->result();
  session_->rescale("Scale", 2);
  ASSERT_TRUE(eventually([&] { return session_->result() != before && !session_->run_state().active(); }));
  session_->write(place_ / "out", {});
  ASSERT_TRUE(eventually([&] { return !session_->writing(); }));
  const JsonReader json(place_ / "out/reconstruction.json", "result");
  const auto& person = json.root()["people"][0];
  EXPECT_NEAR(person["height"].get<double>(), 2 * before->people[0].height, 1e-6);
  EXPECT_NEAR(person["joints"][3][1].get<double>(), 2 * before->people[0].bodies[0].joints[3].y(), 1e-4);
  EXPECT_NEAR(json.root()["views"][0]["world_from_camera"][1][3].get<double>(),
              2 * before->views[0].camera(0).center().y(), 1e-9);
  const Npz smpl = read_npz(place_ / "out/smpl/01.npz");
  EXPECT_NEAR(smpl.at("vertices").as_doubles()[1], 2 * before->people[0].bodies[0].mesh.positions[0].y(),
              1e-4);
}

}  // namespace
}  // namespace ahap

// Several methods on one frame, as the session runs and keeps them.

#include <gmock/gmock.h>

#include "tests/gui/session_fixture.h"

namespace ahap {
namespace {

using namespace testing;
using namespace std::chrono_literals;
using ::testing::HasSubstr;
using Phase = Job::Phase;

class ComparedMethodsTest : public SessionTest {
 protected:
  // "good" and "other" find the sample, other with one person a bit elsewhere in a turned world; "slow" ends
  // when it is stopped; "broken" fails.
  void open_capture_of(int views) {
    start([this](const std::vector<View>& given, const Options& options, const Progress& progress) {
      const std::string& method = options.load.model;
      step(progress, "people", 0.5);
      if (method == "broken") throw std::runtime_error("Weights are missing.");
      while (method == "slow") {
        running_slow_ = true;
        step(progress, "people", 0.6);
        std::this_thread::sleep_for(2ms);
      }
      auto result = std::make_shared<Reconstruction>(sample_reconstruction_of(given));
      result->model_name = method;
      if (method == "other") change(*result);
      return result;
    });
    session_->open({pictures(views)});
    ASSERT_TRUE(finished());
  }
  static void change(Reconstruction& result) {
    for (Eigen::Vector3f& X : result.people[0].bodies[0].joints) X.x() += 0.2f;
    const Eigen::Isometry3d away =
        Eigen::Translation3d(1, 0, -2) * Eigen::AngleAxisd(1.2, Eigen::Vector3d::UnitY());
    for (ReconstructedView& view : result.views)
      view.cameras[0].world_from_camera = away * view.cameras[0].world_from_camera;
    for (Person& person : result.people)
      for (Eigen::Vector3f& X : person.bodies[0].joints) X = (away * X.cast<double>()).cast<float>();
  }
  void compare(const std::vector<std::string>& names) {
    std::vector<Method> methods;
    for (const std::string& name : names) methods.push_back({.name = name, .title = "the " + name});
    session_->compare(methods);
  }
  bool compared() {
    return eventually([&] { return session_->comparing().empty() && !session_->run_state().active(); });
  }
  const std::string& shown_method() const { return session_->result()->model_name; }
  const ComparedMethods& table() const { return session_->compared_methods(); }

  std::atomic<bool> running_slow_ = false;
};

TEST_F(ComparedMethodsTest, run_one_after_the_other_and_the_first_is_shown) {
  open_capture_of(4);
  compare({"good", "other"});
  EXPECT_FALSE(session_->running()) << "no run whose time tells anything about others";
  ASSERT_TRUE(compared());
  ASSERT_EQ(table().runs.size(), 2u);
  EXPECT_EQ(table().runs[0].method, "the good");
  EXPECT_EQ(table().runs[0].cameras, 4);
  EXPECT_EQ(table().runs[0].people, 2);
  EXPECT_EQ(table().views, 4);
  EXPECT_FALSE(table().runs[0].difference) << "the reference";
  ASSERT_TRUE(table().runs[1].difference.has_value());
  EXPECT_NEAR(*table().runs[1].difference->joints, 0.1, 1e-3) << "one of two people, by 0.2 m";
  EXPECT_NEAR(*table().runs[1].difference->rotation, 0, 1e-6);
  EXPECT_EQ(table().shown, 0);
  EXPECT_EQ(shown_method(), "good");
  session_->choose_reference(1);
  EXPECT_TRUE(table().runs[0].difference && !table().runs[1].difference);
}

TEST_F(ComparedMethodsTest, progress_says_which_of_how_many_is_running) {
  open_capture_of(2);
  compare({"good", "slow"});
  ASSERT_TRUE(eventually([&] { return running_slow_ && !session_->run_state().stages.empty(); }));
  EXPECT_EQ(session_->run_state().stages.back().name, "2 of 2: the slow, people");
  EXPECT_DOUBLE_EQ(session_->run_state().stages.back().fraction, 0.6);
  session_->stop();
  ASSERT_TRUE(compared());
}

TEST_F(ComparedMethodsTest, stopping_in_the_middle_keeps_what_is_done) {
  open_capture_of(2);
  const auto before = session_->result();
  compare({"good", "slow", "other"});
  ASSERT_TRUE(eventually([&] { return running_slow_ && session_->compared_count() == 1; }));
  const auto asked = std::chrono::steady_clock::now();
  session_->stop();
  ASSERT_TRUE(compared());
  EXPECT_LT(std::chrono::steady_clock::now() - asked, 1s);
  ASSERT_EQ(table().runs.size(), 1u);
  EXPECT_EQ(shown_method(), "good");
  EXPECT_TRUE(session_->notices().empty());
  session_->undo();
  EXPECT_EQ(session_->result(), before);
}

TEST_F(ComparedMethodsTest, one_that_fails_says_so_and_the_others_stand) {
  open_capture_of(2);
  compare({"broken", "good", "other"});
  ASSERT_TRUE(compared());
  ASSERT_EQ(table().runs.size(), 3u);
  EXPECT_EQ(table().runs[0].problem, "Weights are missing.");
  EXPECT_FALSE(session_->can_show_method(0));
  EXPECT_EQ(table().reference, 1) << "the first that has a result";
  EXPECT_TRUE(table().runs[2].difference.has_value());
  EXPECT_EQ(shown_method(), "good");
}

TEST_F(ComparedMethodsTest, where_all_fail_the_result_stays) {
  open_capture_of(2);
  const auto before = session_->result();
  compare({"broken", "broken"});
  ASSERT_TRUE(compared());
  EXPECT_EQ(table().runs.size(), 2u);
  EXPECT_EQ(session_->result(), before);
}

TEST_F(ComparedMethodsTest, lie_beside_each_other_in_upright_worlds) {
  open_capture_of(4);
  compare({"good", "other"});
  ASSERT_TRUE(compared());
  const Reconstruction &a = *table().runs[0].result, &b = *table().runs[1].result;
  for (std::size_t v = 0; v < 4; ++v)
    EXPECT_TRUE(
        a.views[v].camera(0).world_from_camera.isApprox(b.views[v].camera(0).world_from_camera, 1e-6));
}

TEST_F(ComparedMethodsTest, turning_round_shows_each_that_has_a_result) {
  open_capture_of(2);
  compare({"good", "broken", "other"});
  ASSERT_TRUE(compared());
  session_->show_next_method(1);
  EXPECT_EQ(shown_method(), "other");
  session_->show_next_method(1);
  EXPECT_EQ(shown_method(), "good");
  session_->show_next_method(-1);
  EXPECT_EQ(shown_method(), "other");
}

TEST_F(ComparedMethodsTest, what_is_done_to_one_stays_with_it) {
  open_capture_of(2);
  compare({"good", "other"});
  ASSERT_TRUE(compared());
  session_->rename(1, "Ada");
  session_->hide("Hide Person 2", {2});
  session_->show_method(1);
  EXPECT_EQ(person_label(*session_->result(), 1), "Person 1");
  EXPECT_TRUE(session_->hidden_people().empty());
  EXPECT_EQ(session_->method_of(session_->result().get()), 1);
  session_->show_method(0);
  EXPECT_EQ(person_label(*session_->result(), 1), "Ada");
  EXPECT_EQ(session_->hidden_people(), std::set<int>{2});
  session_->show_method(1);
  session_->undo();
  EXPECT_EQ(person_label(*session_->result(), 1), "Ada") << "where the last change was made";
  EXPECT_TRUE(session_->hidden_people().empty());
}

TEST_F(ComparedMethodsTest, undo_and_redo_take_back_and_bring_back_the_table) {
  open_capture_of(2);
  const auto before = session_->result();
  compare({"good", "other"});
  ASSERT_TRUE(compared());
  EXPECT_EQ(session_->undoable(), "Compare 2 methods");
  session_->show_method(1);
  session_->undo();
  EXPECT_EQ(session_->result(), before);
  EXPECT_TRUE(table().runs.empty());
  session_->redo();
  EXPECT_EQ(table().runs.size(), 2u);
  EXPECT_EQ(shown_method(), "other");
}

TEST_F(ComparedMethodsTest, a_later_run_leaves_the_table_and_can_be_gone_back_to) {
  open_capture_of(2);
  compare({"good", "other"});
  ASSERT_TRUE(compared());
  session_->rename(1, "Ada");
  session_->run();
  ASSERT_TRUE(eventually([&] { return session_->result()->model_name.empty(); }));
  ASSERT_TRUE(eventually([&] { return !session_->run_state().active(); }));
  EXPECT_EQ(table().shown, -1);
  const auto again = session_->result();
  session_->show_method(0);
  EXPECT_EQ(person_label(*session_->result(), 1), "Ada");
  EXPECT_EQ(session_->undoable(), "Show the good");
  session_->undo();
  EXPECT_EQ(session_->result(), again);
}

TEST_F(ComparedMethodsTest, news_of_another_capture_are_not_taken_in) {
  open_capture_of(2);
  compare({"good", "slow"});
  ASSERT_TRUE(eventually([&] { return running_slow_.load(); }));
  session_->open({pictures(3, "next")});
  ASSERT_TRUE(eventually([&] { return session_->capture_name() == "next" && session_->result(); }));
  EXPECT_TRUE(table().runs.empty());
  EXPECT_TRUE(session_->comparing().empty());
}

TEST_F(ComparedMethodsTest, what_is_shown_is_written) {
  open_capture_of(2);
  compare({"good", "other"});
  ASSERT_TRUE(compared());
  session_->show_method(1);
  session_->write(place_ / "out", ExportSelection());
  ASSERT_TRUE(eventually([&] { return !session_->writing(); }));
  EXPECT_THAT(read_bytes(place_ / "out/reconstruction.json"), HasSubstr("\"other\""));
}

}  // namespace
}  // namespace ahap

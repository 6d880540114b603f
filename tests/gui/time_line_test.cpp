#include <gmock/gmock.h>
#include <imgui.h>

#include <atomic>
#include <set>

#include "tests/capture/video_files.h"
#include "tests/fixtures/walking_people.h"
#include "tests/gui/identity_pixels.h"
#include "tests/gui/studio_fixture.h"

namespace ahap {
namespace {

using namespace testing;
using namespace std::chrono_literals;

constexpr int kFrames = 30;

// A window on two videos of 30 frames, and a model that finds two people who walk past each other.
class TimeLineTest : public StudioTest {
 protected:
  void open_videos() {
    write_video(place_ / "cams/1.mp4", {.frames = kFrames});
    write_video(place_ / "cams/2.mp4", {.frames = kFrames, .width = 128});
    open_window(
        [](const std::vector<View>& views, const Options&, const Progress&) {
          return std::make_shared<const Reconstruction>(walking_people(1, views.front().frame));
        },
        [this](const FrameSequence& frames, const Options& options, const Progress& progress) {
          offsets_ = options.range.offsets;
          Reconstruction all = walking_people(int(frames.numbers.size()), frames.numbers.front());
          if (found_offset_.source != CameraOffset::Source::none) all.views[1].time_offset = found_offset_;
          progress.publish(first_frames_of(all, int(frames.numbers.size()) / 2));
          while (hold_) {
            step(progress, "people", 0.5);
            std::this_thread::sleep_for(1ms);
          }
          return std::make_shared<const Reconstruction>(all);
        });
    drop({place_ / "cams"});
    ASSERT_TRUE(finished());
    settle();
  }
  void open_range(int first, int last) {
    open_videos();
    studio_->session().choose_range(FrameRange{.first = first, .last = last});
    press(GLFW_KEY_R, GLFW_MOD_CONTROL);
    ASSERT_TRUE(eventually([&] { return complete_frames() == last - first + 1; }));
    settle();
  }
  void settle() {
    ASSERT_TRUE(eventually([n = 0]() mutable { return ++n > 3; }));
  }
  Session& session() { return studio_->session(); }
  int complete_frames() {
    return session().result_is_complete() ? int(session().result()->frames.size()) : 0;
  }

  // The time line at the bottom of the window of 1000 x 700: names, then the axis of the frames.
  static double x_of(double frame) { return 148 + 827 * (frame + 0.5) / kFrames; }
  static constexpr double kBandY = 603, kRulerY = 618, kSecondLaneY = 679;
  // What folds the cameras' rows out, and then the row of the second one.
  static constexpr double kCamerasX = 400, kCamerasY = 579, kSecondCameraY = 626;

  std::atomic<bool> hold_ = false;
  CameraOffset found_offset_;                   // of the second camera, by the model
  std::vector<std::optional<double>> offsets_;  // by hand, of the last run on a range
};

TEST_F(TimeLineTest, marks_a_range_by_keys_and_reconstructs_it) {
  open_videos();
  EXPECT_EQ(complete_frames(), 1) << "the first frame, by itself";
  press(GLFW_KEY_RIGHT, GLFW_MOD_SHIFT);
  press(GLFW_KEY_I);
  press(GLFW_KEY_END);
  EXPECT_EQ(session().frame(), 29);
  press(GLFW_KEY_LEFT);
  press(GLFW_KEY_O);
  EXPECT_EQ(session().range(), (FrameRange{.first = 10, .last = 28}));
  press(GLFW_KEY_R, GLFW_MOD_CONTROL);
  EXPECT_TRUE(eventually([&] { return complete_frames() == 19; }));
  press(GLFW_KEY_HOME);
  EXPECT_EQ(session().frame(), 0);
  press(GLFW_KEY_X);
  EXPECT_EQ(session().range(), std::nullopt);
}

TEST_F(TimeLineTest, moves_through_the_frames_with_the_mouse) {
  open_range(0, 29);
  std::vector<int> shown;
  drag({{x_of(4), kRulerY}, {x_of(11), kRulerY}, {x_of(22), kRulerY - 200}, {x_of(40), kRulerY}},
       [&](int) { shown.push_back(session().frame()); });
  EXPECT_EQ(shown, (std::vector<int>{4, 11, 22, 29})) << "also where the mouse leaves the ruler";
}

TEST_F(TimeLineTest, chooses_the_person_of_a_bar_and_goes_there) {
  open_range(0, 29);
  const auto white_outline = [&] {
    const Image picture = studio_->picture();
    int white = 0;
    for (std::size_t i = 0; i < picture.rgb.size(); i += 3)
      white += picture.rgb[i] == 255 && picture.rgb[i + 1] == 255 && picture.rgb[i + 2] == 255;
    return white;
  };
  const int before = white_outline();
  click(x_of(20), kSecondLaneY);
  EXPECT_EQ(session().frame(), 20);
  EXPECT_GT(white_outline(), before + 50) << "the body is outlined";
}

TEST_F(TimeLineTest, moves_the_ends_of_the_range_with_the_mouse) {
  open_videos();
  const double end = x_of(29.5) + 4;
  drag({{end, kBandY}, {x_of(24.5), kBandY}, {x_of(20.5), kBandY}});
  EXPECT_EQ(session().range(), (FrameRange{.first = 0, .last = 20}));
  drag({{x_of(-0.5) - 4, kBandY}, {x_of(5), kBandY}, {x_of(7.5), kBandY}});
  EXPECT_EQ(session().range(), (FrameRange{.first = 8, .last = 20}));
  drag({{x_of(7.5) - 4, kBandY}, {x_of(25), kBandY}, {x_of(28), kBandY}});
  EXPECT_EQ(session().range(), (FrameRange{.first = 20, .last = 20})) << "an end does not pass the other";
  EXPECT_EQ(session().frame(), 0) << "the shown frame stays";
}

TEST_F(TimeLineTest, plays_at_the_rate_of_the_videos_until_it_is_stopped) {
  open_range(0, 29);
  press(GLFW_KEY_SPACE);
  std::set<int> seen;
  const auto start = std::chrono::steady_clock::now();
  ASSERT_TRUE(eventually([&] {
    seen.insert(session().frame());
    return seen.size() > 3 && std::chrono::steady_clock::now() - start > 300ms;
  }));
  press(GLFW_KEY_SPACE);
  const int stopped_at = session().frame();
  std::this_thread::sleep_for(60ms);
  settle();
  EXPECT_EQ(session().frame(), stopped_at);
}

TEST_F(TimeLineTest, space_plays_and_presses_no_button_that_was_used_before) {
  open_range(0, 29);
  click(60, kSecondLaneY);  // a name: chosen
  press(GLFW_KEY_RIGHT);
  const Image chosen = studio_->picture();
  const GLFWkeyfun on_key = glfwSetKeyCallback(studio_->window(), nullptr);
  glfwSetKeyCallback(studio_->window(), on_key);
  for (const int key : {GLFW_KEY_UP, GLFW_KEY_SPACE}) {  // held for some frames, as keys are
    on_key(studio_->window(), key, 0, GLFW_PRESS, 0);
    for (int i = 0; i < 3; ++i) draw();
    on_key(studio_->window(), key, 0, GLFW_RELEASE, 0);
    draw();
  }
  press(GLFW_KEY_SPACE);
  press(GLFW_KEY_HOME);
  press(GLFW_KEY_RIGHT);
  settle();
  EXPECT_EQ(studio_->picture().rgb, chosen.rgb) << "the person is still chosen";
}

TEST_F(TimeLineTest, says_that_a_frame_is_not_reconstructed_and_offers_it) {
  open_range(0, 19);
  const auto bodies = [&] { return identity_pixels(studio_->picture(), 1, kLeft, kTop, kRight, 0.5); };
  const int with_bodies = bodies();
  EXPECT_GT(with_bodies, 60);
  press(GLFW_KEY_END);
  settle();
  EXPECT_LT(bodies(), with_bodies / 10);
  EXPECT_TRUE(session().result_is_complete()) << "and nothing is lost";
  press(GLFW_KEY_HOME);
  settle();
  EXPECT_GT(bodies(), with_bodies / 2);
}

TEST_F(TimeLineTest, folds_out_the_cameras_and_takes_their_offsets_by_mouse_and_keys) {
  open_videos();
  click(kCamerasX, kCamerasY);
  session().choose_range(FrameRange{.first = 0, .last = 29});
  press(GLFW_KEY_R, GLFW_MOD_CONTROL);
  ASSERT_TRUE(eventually([&] { return complete_frames() == kFrames; }));
  EXPECT_THAT(offsets_, ::testing::Each(std::nullopt));
  settle();
  drag({{x_of(10), kSecondCameraY}, {x_of(13), kSecondCameraY}, {x_of(15), kSecondCameraY}});
  ASSERT_TRUE(session().offset(1));
  EXPECT_NEAR(*session().offset(1), 0.1, 1e-6) << "five frames at 50 a second";
  EXPECT_EQ(session().offset(0), std::nullopt);
  press(GLFW_KEY_RIGHT, GLFW_MOD_ALT);
  EXPECT_NEAR(*session().offset(1), 0.12, 1e-6);
  press(GLFW_KEY_LEFT, GLFW_MOD_ALT | GLFW_MOD_SHIFT);
  EXPECT_NEAR(*session().offset(1), -0.08, 1e-6);
  EXPECT_EQ(session().frame(), 0) << "the shown frame stays";
  press(GLFW_KEY_R, GLFW_MOD_CONTROL);
  ASSERT_TRUE(finished());
  settle();
  ASSERT_EQ(offsets_.size(), 2u);
  EXPECT_NEAR(*offsets_[1], -0.08, 1e-6) << "the next run takes it";
  ImGui::GetIO().MouseDoubleClickTime = 10;  // seconds; the machine may be busy
  for (int i = 0; i < 2; ++i) click(x_of(20), kSecondCameraY);
  EXPECT_EQ(session().offset(1), std::nullopt) << "a double click leaves it to the next run";
}

TEST_F(TimeLineTest, shows_the_cameras_by_itself_where_they_began_apart) {
  found_offset_ = {.seconds = 0.2, .drift = 0, .sigma = 0.003, .source = CameraOffset::Source::motion};
  open_range(0, 29);
  drag({{x_of(15), kSecondCameraY}, {x_of(14), kSecondCameraY}});
  ASSERT_TRUE(session().offset(1)) << "its row is there";
  EXPECT_NEAR(*session().offset(1), 0.18, 1e-6) << "from where the model had it";
}

TEST_F(TimeLineTest, grows_while_a_range_is_reconstructed) {
  hold_ = true;
  open_videos();
  const auto lane = [&] { return identity_pixels(studio_->picture(), 1, 0.15, 0.92, 1, 0.95); };
  const int single = lane();
  session().choose_range(FrameRange{.first = 0, .last = 29});
  press(GLFW_KEY_R, GLFW_MOD_CONTROL);
  ASSERT_TRUE(eventually([&] { return session().result()->partial; }));
  settle();
  const int half = lane();
  EXPECT_GT(half, 5 * single);
  hold_ = false;
  ASSERT_TRUE(eventually([&] { return complete_frames() == kFrames; }));
  settle();
  EXPECT_GT(lane(), half * 3 / 2);
}

}  // namespace
}  // namespace ahap

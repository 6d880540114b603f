// A range of video frames whose run is ended from outside, where the people networks are installed.

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "tests/capture/video_files.h"
#include "tests/cli/program.h"

namespace ahap {
namespace {

using namespace testing;
using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

constexpr int kFrames = 8;
constexpr double kVeryLong = 120;  // seconds; the machine may be busy

// Two videos of the sample's people, who stand still before cameras that tremble.
class RangeInterruption : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    shared_ = std::make_unique<TemporaryFolder>();
    for (const char* camera : {"cam01", "cam02"}) {
      cv::Mat photo = cv::imread(AHAP_ASSET_DIR "/sample/" + std::string(camera) + ".jpg");
      const double scale = 640.0 / std::max(photo.cols, photo.rows);
      cv::resize(photo, photo, {int(photo.cols * scale) / 2 * 2, int(photo.rows * scale) / 2 * 2});
      const auto trembling = [photo](int frame) {
        cv::Mat moved;
        const cv::Mat by = (cv::Mat_<double>(2, 3) << 1, 0, frame % 3 - 1, 0, 1, frame % 2);
        cv::warpAffine(photo, moved, by, photo.size(), cv::INTER_LINEAR, cv::BORDER_REPLICATE);
        return moved;
      };
      write_video(*shared_ / "cams" / (std::string(camera) + ".mp4"),
                  {.frames = kFrames, .width = photo.cols, .height = photo.rows, .picture = trembling});
    }
  }
  static void TearDownTestSuite() { shared_.reset(); }

  void SetUp() override {
    const char* home = std::getenv("HOME");
    data_home_ = fs::path(home ? home : "") / ".local/share";
    if (!fs::exists(data_home_ / "ahap/models/photo"))
      GTEST_SKIP() << "the people networks are not installed (`ahap models --install people`)";
  }

  std::unique_ptr<Program> run(const std::string& output, bool resume = false) const {
    std::vector<std::string> words = {
        "reconstruct", videos_.string(), "-o", (place_ / output).string(), "--frames", ":", "--json"};
    if (resume) words.push_back("--resume");
    return std::make_unique<Program>(words,
                                     Conditions{.environment = {{"XDG_DATA_HOME", data_home_.string()}}});
  }
  fs::path observations(const std::string& output) const { return place_ / (output + ".observations"); }
  // Waits until a frame more is kept than a file of this size holds.
  void wait_for_frames(const std::string& output, std::uintmax_t bytes) const {
    const auto start = std::chrono::steady_clock::now();
    std::error_code none;
    for (;;) {
      const auto size = fs::file_size(observations(output), none);
      if (!none && size > bytes) return;
      ASSERT_LT(std::chrono::steady_clock::now() - start, std::chrono::duration<double>(kVeryLong));
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }
  json result(const std::string& output) const {
    json all = json::parse(read_bytes(place_ / output / "reconstruction.json"));
    all.erase("timings");
    return all;
  }
  // Of a run without a break.
  const json& whole_result() const {
    static const json whole = [&] {
      const auto complete = run("whole");
      EXPECT_EQ(complete->status(), 0) << complete->err();
      EXPECT_FALSE(fs::exists(observations("whole"))) << "it is not needed any more";
      return result("whole");
    }();
    return whole;
  }

  static inline std::unique_ptr<TemporaryFolder> shared_;  // by all tests: the videos
  TemporaryFolder place_;
  fs::path videos_ = *shared_ / "cams";
  fs::path data_home_;
};

TEST_F(RangeInterruption, by_ctrl_c_makes_a_result_of_the_frames_that_are_done_and_goes_on_later) {
  EXPECT_EQ(whole_result()["frames"].size(), std::size_t(kFrames));

  const auto first = run("out");
  wait_for_frames("out", 3000);
  first->interrupt();
  ASSERT_EQ(first->status(), 0) << first->err();
  EXPECT_THAT(first->err(), AllOf(HasSubstr("finishing with the frames that are done"),
                                  HasSubstr("Stopped after "), HasSubstr("--resume goes on")));
  EXPECT_EQ(json::parse(first->out())["range"]["stopped_early"], true);
  EXPECT_LT(result("out")["frames"].size(), std::size_t(kFrames));
  EXPECT_GE(result("out")["frames"].size(), 1u);
  EXPECT_TRUE(fs::exists(observations("out")));

  const auto second = run("out", true);
  ASSERT_EQ(second->status(), 0) << second->err();
  EXPECT_EQ(result("out"), whole_result());
  EXPECT_FALSE(fs::exists(observations("out")));
}

TEST_F(RangeInterruption, by_kill_at_any_moment_goes_on_to_the_same_result) {
  std::uintmax_t bytes = 3000;
  for (int times = 0; times < 3; ++times) {
    const auto killed = run("out", times > 0);
    wait_for_frames("out", bytes);
    killed->interrupt(SIGKILL);
    EXPECT_EQ(killed->status(), -SIGKILL);
    bytes = fs::file_size(observations("out"));
    EXPECT_FALSE(fs::exists(place_ / "out/reconstruction.json"));
  }
  const auto last = run("out", true);
  ASSERT_EQ(last->status(), 0) << last->err();
  EXPECT_EQ(result("out"), whole_result());
}

TEST_F(RangeInterruption, by_other_signals_and_a_second_ctrl_c_ends_at_once_and_keeps_what_was_seen) {
  for (const std::vector<int>& signals : {std::vector{SIGTERM}, std::vector{SIGINT, SIGINT}}) {
    const auto stopped = run("out");
    wait_for_frames("out", 3000);
    for (const int signal : signals) {
      stopped->interrupt(signal);
      if (signals.size() > 1) std::this_thread::sleep_for(std::chrono::milliseconds(300));
    }
    EXPECT_LT(stopped->seconds_to_end(kVeryLong), 3) << "the machine may be busy";
    EXPECT_EQ(stopped->status(), 1);
    EXPECT_THAT(stopped->last_line(), HasSubstr("stopped before it was complete"));
    EXPECT_FALSE(fs::exists(place_ / "out"));
    EXPECT_TRUE(fs::exists(observations("out")));
    fs::remove(observations("out"));
  }
}

TEST_F(RangeInterruption, is_not_gone_on_with_on_other_videos) {
  fs::copy(videos_, place_ / "cams");
  videos_ = place_ / "cams";
  const auto stopped = run("out");
  wait_for_frames("out", 3000);
  stopped->interrupt(SIGTERM);
  stopped->status();
  write_video(videos_ / "cam02.mp4", {.frames = kFrames, .width = 320, .height = 240});
  const auto other = run("out", true);
  EXPECT_EQ(other->status(), 1);
  EXPECT_THAT(other->last_line(), AllOf(HasSubstr("is of another run"), HasSubstr("cam02.mp4 was")));
}

}  // namespace
}  // namespace ahap

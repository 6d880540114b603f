// The model for one moving camera in a session: what is opened and run, and what remains when it is stopped.

#include <gmock/gmock.h>

#include <cstdlib>

#include "tests/capture/video_files.h"
#include "tests/fixtures/small_human3r_model.h"
#include "tests/fixtures/walking_people.h"
#include "tests/gui/session_fixture.h"

namespace ahap {
namespace {

using namespace testing;
using namespace std::chrono_literals;
namespace fs = std::filesystem;
using ::testing::ElementsAre;

class OneCameraSession : public SessionTest {
 protected:
  OneCameraSession() {
    setenv("AHAP_MODELS", (place_ / "models").c_str(), 1);
    fs::create_directories(place_ / "models/full");
    save_safetensors(small_human3r_checkpoint().tensors, small_square_metadata(),
                     place_ / "models/full/video.safetensors");
  }
  ~OneCameraSession() override { unsetenv("AHAP_MODELS"); }

  void open(const fs::path& capture) {
    start([](const std::vector<View>& views, const Options&,
             const Progress&) { return empty_result(views.front().frame); },
          [this](const FrameSequence& frames, const Options& options, const Progress& progress) {
            numbers_ = frames.numbers;
            const Reconstruction all = walking_people(int(frames.numbers.size()), frames.numbers.front());
            int done = 0;
            while (done < int(numbers_.size()) &&
                   !(options.range.finish_requested && options.range.finish_requested())) {
              progress.publish(first_frames_of(all, ++done));
              std::this_thread::sleep_for(pause_);
            }
            auto result = std::make_shared<Reconstruction>(*first_frames_of(all, done));
            result->partial = false;
            return result;
          });
    session_->options.load.model = "human3r";
    session_->open({capture});
  }

  std::chrono::milliseconds pause_ = 0ms;
  std::vector<int> numbers_;
};

TEST_F(OneCameraSession, runs_all_frames_of_a_video_that_is_opened) {
  write_video(place_ / "film.mp4", {.frames = 12});
  open(place_ / "film.mp4");
  ASSERT_TRUE(finished());
  EXPECT_EQ(session_->range(), (FrameRange{.first = 0, .last = 11}));
  EXPECT_EQ(numbers_.size(), 12u);
}

TEST_F(OneCameraSession, takes_photos_as_its_frames) {
  open(pictures(4));
  ASSERT_TRUE(finished());
  EXPECT_EQ(session_->capture()->cameras.size(), 1u);
  EXPECT_THAT(numbers_, ElementsAre(0, 1, 2, 3));
}

TEST_F(OneCameraSession, keeps_a_complete_result_of_what_is_done_when_it_is_stopped) {
  pause_ = 20ms;
  write_video(place_ / "film.mp4", {.frames = 200});
  open(place_ / "film.mp4");
  ASSERT_TRUE(eventually([&] { return session_->result() && session_->result()->frames.size() > 3; }));
  EXPECT_FALSE(session_->result_is_complete());
  session_->stop();
  ASSERT_TRUE(eventually([&] { return !session_->run_state().active(); }));
  session_->update();
  EXPECT_TRUE(session_->result_is_complete()) << "it can be exported";
  EXPECT_LT(session_->result()->frames.size(), 200u);
  EXPECT_GT(session_->result()->frames.size(), 3u);
}

}  // namespace
}  // namespace ahap

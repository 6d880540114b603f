#include <gmock/gmock.h>

#include "tests/capture/video_files.h"
#include "tests/fixtures/walking_people.h"
#include "tests/gui/session_fixture.h"

namespace ahap {
namespace {

using namespace testing;
using namespace std::chrono_literals;
namespace fs = std::filesystem;
using ::testing::ElementsAre;

// A session on two small videos of 30 frames.
class RangeTest : public SessionTest {
 protected:
  void open(Session::ReconstructRange reconstruct_range) {
    write_video(place_ / "cams/1.mp4", {.frames = 30});
    write_video(place_ / "cams/2.mp4", {.frames = 30, .width = 128});
    start([](const std::vector<View>& views, const Options&,
             const Progress&) { return empty_result(views.front().frame); },
          std::move(reconstruct_range));
    session_->open({place_ / "cams"});
    ASSERT_TRUE(finished());
  }
  // People who walk through all frames that it is given, as it reads them.
  void open() {
    open([](const FrameSequence& frames, const Options&, const Progress& progress) {
      for (const int number : frames.numbers) frames.read(number, progress);
      return std::make_shared<const Reconstruction>(
          walking_people(int(frames.numbers.size()), frames.numbers.front()));
    });
  }
  bool ends() {
    return eventually([&] { return !session_->run_state().active(); });
  }
  void run_range(const FrameRange& range) {
    session_->choose_range(range);
    session_->run();
    ASSERT_TRUE(ends());
    session_->update();
  }
};

TEST_F(RangeTest, is_one_result_that_can_be_undone) {
  open();
  const auto before = session_->result();
  session_->choose_frame(7);
  run_range({.first = 5, .last = 14});
  ASSERT_EQ(session_->result()->frames.size(), 10u);
  EXPECT_EQ(session_->result_frame(), 2);
  EXPECT_EQ(session_->undoable(),
            "Reconstruct 5\xE2\x80\x93"
            "14");
  session_->undo();
  EXPECT_EQ(session_->result(), before);
  session_->redo();
  EXPECT_EQ(session_->result()->frames.size(), 10u);
  EXPECT_EQ(session_->range(), (FrameRange{.first = 5, .last = 14}));
}

TEST_F(RangeTest, is_read_frame_by_frame_with_its_step) {
  std::vector<int> numbers, seen;
  open([&](const FrameSequence& frames, const Options&, const Progress& progress) {
    numbers = frames.numbers;
    for (const int number : frames.numbers) {
      const std::vector<View> views = frames.read(number, progress);
      if (views.size() == 2) seen.push_back(index_of_bars(views[1].image));
    }
    return empty_result(frames.numbers.front());
  });
  run_range({.first = 3, .last = 20, .step = 5});
  EXPECT_THAT(numbers, ElementsAre(3, 8, 13, 18));
  EXPECT_EQ(seen, numbers);
}

TEST_F(RangeTest, of_one_frame_is_a_frame) {
  open();
  run_range({.first = 9, .last = 9});
  EXPECT_EQ(first_frame(), 9);
  EXPECT_EQ(session_->result()->frames.size(), 1u);
}

TEST_F(RangeTest, has_ends_in_the_capture_that_stay_in_their_order) {
  open();
  EXPECT_EQ(session_->to_run(), (FrameRange{.first = 0, .last = 0})) << "without a range the shown frame";
  session_->begin_range(10);
  EXPECT_EQ(session_->range(), (FrameRange{.first = 10, .last = 29}));
  session_->end_range(20);
  EXPECT_EQ(session_->range(), (FrameRange{.first = 10, .last = 20}));
  session_->begin_range(25);
  EXPECT_EQ(session_->range(), (FrameRange{.first = 25, .last = 29})) << "beyond the end";
  session_->end_range(5);
  EXPECT_EQ(session_->range(), (FrameRange{.first = 0, .last = 5})) << "before the begin";
  session_->choose_range(FrameRange{.first = -4, .last = 99, .step = 0});
  EXPECT_EQ(session_->range(), (FrameRange{.first = 0, .last = 29}));
}

TEST_F(RangeTest, grows_while_it_is_made_and_keeps_what_is_done_when_it_is_stopped) {
  std::atomic<int> allowed = 4;
  open([&](const FrameSequence& frames, const Options&, const Progress& progress) {
    const Reconstruction all = walking_people(int(frames.numbers.size()), frames.numbers.front());
    for (int done = 0; !progress.stop_requested(); std::this_thread::sleep_for(1ms)) {
      if (done < allowed) progress.publish(first_frames_of(all, ++done));
    }
    auto result = std::make_shared<Reconstruction>(*first_frames_of(all, allowed));
    result->partial = false;
    return result;
  });
  const auto frames = [&] { return session_->result()->frames.size(); };
  const auto before = session_->result();
  session_->choose_range(FrameRange{.first = 0, .last = 19});
  session_->run();
  ASSERT_TRUE(eventually([&] { return frames() == 4; }));
  EXPECT_FALSE(session_->result_is_complete());
  EXPECT_EQ(session_->running(), (FrameRange{.first = 0, .last = 19}));
  allowed = 7;
  ASSERT_TRUE(eventually([&] { return frames() == 7; }));
  session_->stop();
  ASSERT_TRUE(ends());
  session_->update();
  EXPECT_TRUE(session_->result_is_complete());
  EXPECT_EQ(frames(), 7u);
  session_->undo();
  EXPECT_EQ(session_->result(), before);
}

TEST_F(RangeTest, says_once_which_pictures_are_damaged_and_how_many_more) {
  for (int i = 0; i < 8; ++i) {
    const std::string name = std::to_string(i) + ".png";
    write_picture(place_ / "folders/a" / name, corners(64 + i, 48));
    write_picture(place_ / "folders/b" / name, corners(64 + i, 64));
  }
  start([](const std::vector<View>&, const Options&, const Progress&) { return empty_result(0); },
        [](const FrameSequence& frames, const Options&, const Progress& progress) {
          for (int twice = 0; twice < 2; ++twice)
            for (const int number : frames.numbers) frames.read(number, progress);
          return empty_result(frames.numbers.front());
        });
  session_->open({place_ / "folders"});
  ASSERT_TRUE(finished());
  for (int i = 2; i < 8; ++i) write_bytes(place_ / "folders/b" / (std::to_string(i) + ".png"), "gone");
  run_range({.first = 0, .last = 7});
  ASSERT_TRUE(eventually([&] { return session_->notices().size() == 4; }));
  EXPECT_TRUE(told(Notice::Kind::warning, "b/2.png"));
  EXPECT_TRUE(told(Notice::Kind::warning, "3 more pictures"));
}

TEST_F(RangeTest, is_exported_as_a_whole) {
  open();
  run_range({.first = 5, .last = 9});
  session_->choose_frame(20);
  session_->write(place_ / "out", {.colmap = false});
  ASSERT_TRUE(eventually([&] { return !session_->writing(); }));
  EXPECT_TRUE(told(Notice::Kind::info, "Frames 5 to 9 are in"));
  EXPECT_TRUE(std::filesystem::exists(place_ / "out/motion/person_01.bvh"));
}

TEST_F(RangeTest, moves_smoothly_and_can_be_seen_frame_by_frame) {
  open();
  run_range({.first = 0, .last = 9});
  ASSERT_TRUE(session_->can_switch_smoothing());
  EXPECT_TRUE(session_->motion_is_smooth());
  const auto smooth = session_->result();
  session_->switch_smoothing();
  EXPECT_FALSE(session_->motion_is_smooth());
  EXPECT_NE(session_->result()->people[0].bodies[4].transl, smooth->people[0].bodies[4].transl);
  session_->switch_smoothing();
  EXPECT_EQ(session_->result(), smooth);
  session_->undo();
  EXPECT_FALSE(session_->can_switch_smoothing()) << "a single frame";
}

TEST_F(RangeTest, with_a_step_is_played_by_its_frames) {
  open([](const FrameSequence& frames, const Options&, const Progress&) {
    auto result = empty_result(frames.numbers.front());
    result->frames.clear();
    for (const int number : frames.numbers) result->frames.emplace_back().number = number;
    return result;
  });
  run_range({.first = 3, .last = 20, .step = 5});
  EXPECT_EQ(session_->reconstructed_before(8), 8);
  EXPECT_EQ(session_->reconstructed_before(12), 8);
  EXPECT_EQ(session_->reconstructed_before(2), 2) << "not in the range";
  EXPECT_EQ(session_->reconstructed_before(25), 25);
}

TEST_F(RangeTest, pictures_follow_the_shown_frame_without_those_that_are_over) {
  open();
  ASSERT_TRUE(eventually([&] { return session_->pictures_are_here(); }));
  const int before = session_->pictures_revision();
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 1000; ++i) session_->choose_frame(i % 30);
  EXPECT_LT(std::chrono::steady_clock::now() - start, 500ms) << "decoding makes nobody wait";
  session_->choose_frame(21);
  ASSERT_TRUE(eventually([&] { return session_->pictures_are_here(); }));
  for (const CameraPicture& picture : session_->pictures()) {
    EXPECT_EQ(picture.frame, 21);
    EXPECT_EQ(index_of_bars(picture.thumbnail), 21);
  }
  EXPECT_LT(session_->pictures_revision() - before, 200) << "of 1000 frames few were decoded";
  EXPECT_EQ(session_->frames_per_second(), 50);
}

TEST_F(RangeTest, plays_a_frame_together_with_its_pictures) {
  open();
  ASSERT_TRUE(eventually([&] { return session_->pictures_are_here(); }));
  session_->play_to(12);
  EXPECT_EQ(session_->frame(), 0) << "not before its pictures are decoded";
  ASSERT_TRUE(eventually([&] { return session_->frame() == 12; }));
  EXPECT_TRUE(session_->pictures_are_here());
  session_->play_to(13);
  session_->choose_frame(3);
  ASSERT_TRUE(eventually([&] { return session_->pictures_are_here(); }));
  EXPECT_EQ(session_->frame(), 3) << "whoever moves by hand is not moved by what was due before";
}

TEST_F(RangeTest, plays_without_pictures_where_they_take_too_long) {
  open();
  ASSERT_TRUE(eventually([&] { return session_->pictures_are_here(); }));
  session_->play_to(12);
  std::this_thread::sleep_for(120ms);  // no update: as if nothing had been decoded
  session_->play_to(15);
  EXPECT_EQ(session_->frame(), 15);
}

}  // namespace
}  // namespace ahap

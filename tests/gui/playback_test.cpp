#include "app/gui/playback.h"

#include <gtest/gtest.h>

namespace ahap {
namespace {

const FrameRange kTen = {.first = 0, .last = 9};

Playback::Time at(double seconds) {
  return Playback::Time() +
         std::chrono::duration_cast<Playback::Clock::duration>(std::chrono::duration<double>(seconds));
}

TEST(Playback, keeps_the_rate_of_the_capture) {
  Playback playback;
  playback.play(2, kTen, 25, at(1));
  EXPECT_EQ(playback.due(kTen, at(1)), 2);
  EXPECT_EQ(playback.due(kTen, at(1.03)), 2);
  EXPECT_EQ(playback.due(kTen, at(1.05)), 3);
  EXPECT_EQ(playback.due(kTen, at(1.25)), 8) << "what a slow window did not show is skipped";
  EXPECT_NEAR(playback.next_in(at(1.05)), 0.03, 1e-6);
}

TEST(Playback, begins_again_at_the_end) {
  Playback playback;
  playback.play(8, kTen, 10, at(0));
  EXPECT_EQ(playback.due(kTen, at(0.15)), 9);
  EXPECT_EQ(playback.due(kTen, at(0.25)), 0);
  EXPECT_EQ(playback.due(kTen, at(0.36)), 1);
  EXPECT_TRUE(playback.playing());
}

TEST(Playback, stops_at_the_end_without_loop_and_starts_over_when_asked_again) {
  Playback playback;
  playback.set_loop(false);
  playback.play(8, kTen, 10, at(0));
  EXPECT_EQ(playback.due(kTen, at(5)), 9);
  EXPECT_FALSE(playback.playing());
  playback.play(9, kTen, 10, at(6));
  EXPECT_EQ(playback.due(kTen, at(6)), 0);
}

TEST(Playback, plays_the_range_alone) {
  const FrameRange range = {.first = 4, .last = 6};
  Playback playback;
  playback.play(0, range, 10, at(0));
  EXPECT_EQ(playback.due(range, at(0)), 4);
  EXPECT_EQ(playback.due(range, at(0.25)), 6);
  EXPECT_EQ(playback.due(range, at(0.35)), 4);
}

TEST(Playback, goes_on_from_where_it_was_moved_to) {
  Playback playback;
  playback.play(0, kTen, 10, at(0));
  playback.seek(5, at(0.3));
  EXPECT_EQ(playback.due(kTen, at(0.45)), 6);
}

}  // namespace
}  // namespace ahap

#include "app/time_left.h"

#include <gtest/gtest.h>

namespace ahap {
namespace {

using namespace std::chrono_literals;

class TimeLeftTest : public ::testing::Test {
 protected:
  std::optional<double> at(double seconds) const { return left_.seconds(time(seconds)); }
  void report(double seconds, double fraction, const std::string& stage = "people") {
    left_.report(stage, fraction, time(seconds));
  }
  static TimeLeft::Clock::time_point time(double seconds) {
    return TimeLeft::Clock::time_point() +
           std::chrono::duration_cast<TimeLeft::Clock::duration>(std::chrono::duration<double>(seconds));
  }
  TimeLeft left_;
};

TEST_F(TimeLeftTest, is_told_once_frames_come_evenly) {
  for (int f = 0; f <= 20; ++f) {
    report(0.5 * f, f / 100.0);
    EXPECT_EQ(at(0.5 * f).has_value(), f >= 8) << f;
  }
  EXPECT_NEAR(*at(10), 40, 0.5);
  EXPECT_NEAR(*at(12), 38, 0.5) << "goes on between two reports";
}

TEST_F(TimeLeftTest, is_not_told_while_the_rate_changes) {
  for (int f = 0; f <= 10; ++f) report(f, f / 100.0);
  EXPECT_TRUE(at(10));
  for (int f = 1; f <= 10; ++f) report(10 + 0.1 * f, (10 + 5 * f) / 100.0);
  EXPECT_FALSE(at(11));
}

TEST_F(TimeLeftTest, begins_with_what_was_done_before_and_anew_in_every_stage) {
  for (int f = 0; f <= 10; ++f) report(f, 0.8 + f / 100.0);
  EXPECT_NEAR(*at(10), 10, 0.2) << "the first report is where an earlier run ended";
  report(11, 0, "depth");
  EXPECT_FALSE(at(11));
  for (int f = 0; f <= 10; ++f) report(11 + f, 0.5 * f / 10, "depth");
  EXPECT_NEAR(*at(21), 10, 0.2);
  report(22, 0.1, "depth");
  EXPECT_FALSE(at(22)) << "it went back";
}

TEST_F(TimeLeftTest, is_not_told_when_it_is_over_in_a_moment_or_nothing_happens) {
  for (int f = 0; f <= 100; ++f) report(f / 10.0, f / 100.0);
  EXPECT_FALSE(at(10));
  TimeLeft none;
  EXPECT_FALSE(none.seconds(time(3)));
}

TEST(TimeLeftText, rounds_to_what_is_known) {
  EXPECT_EQ(time_left_text(7.4), "7 s left");
  EXPECT_EQ(time_left_text(42), "40 s left");
  EXPECT_EQ(time_left_text(58), "1 min left");
  EXPECT_EQ(time_left_text(200), "3 min left");
  EXPECT_EQ(time_left_text(3600 + 1230), "1 h 21 min left");
}

}  // namespace
}  // namespace ahap

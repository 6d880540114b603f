#include "reconstruction/motion/offset_network.h"

#include <gtest/gtest.h>

namespace ahap {
namespace {

using Source = CameraOffset::Source;

PairTiming pair(int a, int b, double seconds, double gain = 10) {
  return {
      .a = a, .b = b, .timing = {.seconds = seconds, .sigma = 0.01}, .gain = gain, .source = Source::sound};
}

TEST(SolveOffsets, LeavesOutAPairThatContradictsTheOthers) {
  const auto offsets = solve_offsets(
      4, {pair(0, 1, 1), pair(0, 2, 2), pair(0, 3, 3), pair(1, 2, 1), pair(1, 3, 7, 25), pair(2, 3, 1)});
  for (int camera = 0; camera < 4; ++camera) EXPECT_NEAR(offsets[camera].seconds, camera, 1e-6);
}

TEST(SolveOffsets, SharesSmallContradictionsByLeastSquares) {
  const auto offsets = solve_offsets(3, {pair(0, 1, 1), pair(1, 2, 1), pair(0, 2, 2.03)});
  EXPECT_NEAR(offsets[1].seconds, 1.01, 1e-6);
  EXPECT_NEAR(offsets[2].seconds, 2.02, 1e-6);
  EXPECT_GT(offsets[2].sigma, 0.01) << "they contradict one another by more than they claim";
}

TEST(SolveOffsets, KnowsOnlyTheLargestConnectedGroup) {
  const auto offsets = solve_offsets(5, {pair(0, 1, 1), pair(2, 3, 0.5), pair(3, 4, 0.5)});
  EXPECT_EQ(offsets[0].source, Source::none);
  EXPECT_EQ(offsets[1].source, Source::none);
  EXPECT_EQ(offsets[2].seconds, 0);
  EXPECT_NEAR(offsets[4].seconds, 1, 1e-6);
}

TEST(SolveOffsets, KeepsADriftThatIsSignificant) {
  PairTiming drifting = pair(0, 1, 1);
  drifting.timing.when = 50;
  drifting.timing.drift = 5e-4;
  for (const double sigma : {2e-5, 5e-4}) {
    drifting.timing.drift_sigma = sigma;
    const CameraOffset offset = solve_offsets(2, {drifting})[1];
    EXPECT_NEAR(offset.drift, sigma < 1e-4 ? 5e-4 : 0, 1e-9) << sigma;
    EXPECT_NEAR((offset.seconds + 49 * (1 + offset.drift)) - 50, 0, 1e-9) << "both saw the same then";
  }
}

TEST(SolveOffsets, AgreesWithTheTimingBetweenItsCameras) {
  const CameraOffset a{.seconds = 2, .drift = 1e-4}, b{.seconds = -1, .drift = -3e-4};
  const Timing timing = timing_between(a, b, 20);
  for (const double time : {20.0, 50.0}) {
    const double of_b = timing.time_of_b(time);
    EXPECT_NEAR(time * (1 + a.drift) + a.seconds, of_b * (1 + b.drift) + b.seconds, 1e-9);
  }
}

}  // namespace
}  // namespace ahap

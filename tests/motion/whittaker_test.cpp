#include "reconstruction/motion/whittaker.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <vector>

namespace ahap {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

std::vector<double> uneven_times(int n) {
  std::vector<double> times;
  for (int i = 0; i < n; ++i) times.push_back(i / 30.0 + 0.01 * std::sin(i));
  return times;
}

MatrixXd parabola(const std::vector<double>& times) {
  MatrixXd values(times.size(), 2);
  for (std::size_t i = 0; i < times.size(); ++i) values.row(i) << 1 + times[i] - 2 * times[i] * times[i], 3;
  return values;
}

TEST(WhittakerSmoother, LeavesHalfOfAnOscillationAtItsCutOffAndDoesNotDelayIt) {
  const double frequency = 2;
  std::vector<double> times;
  VectorXd wave(300);
  for (int i = 0; i < 300; ++i) {
    times.push_back(i / 30.0);
    wave[i] = std::sin(2 * std::numbers::pi * frequency * times[i]);
  }
  const MatrixXd smooth = WhittakerSmoother(times, frequency)(wave, VectorXd::Ones(300));
  EXPECT_LT((smooth.middleRows(60, 180) - 0.5 * wave.middleRows(60, 180)).cwiseAbs().maxCoeff(), 0.02);
}

TEST(WhittakerSmoother, KeepsAParabolaThroughUnevenTimes) {
  const std::vector<double> times = uneven_times(40);
  const MatrixXd values = parabola(times);
  const MatrixXd smooth = WhittakerSmoother(times, 1)(values, VectorXd::Ones(40));
  EXPECT_LT((smooth - values).cwiseAbs().maxCoeff(), 1e-7);
}

TEST(WhittakerSmoother, InterpolatesWhereWeightsAreZero) {
  const std::vector<double> times = uneven_times(40);
  const MatrixXd values = parabola(times);
  MatrixXd known = values;
  VectorXd weights = VectorXd::Ones(40);
  known.middleRows(10, 15).setConstant(100);
  weights.segment(10, 15).setZero();
  EXPECT_LT((WhittakerSmoother(times, 3)(known, weights) - values).cwiseAbs().maxCoeff(), 1e-6);
}

TEST(WhittakerSmoother, NeedsNoMoreSamplesThanItsOrder) {
  const std::vector<double> times = {0, 0.1, 0.3};
  const MatrixXd values = parabola(times);
  EXPECT_LT((WhittakerSmoother(times, 1, 3)(values, VectorXd::Ones(3)) - values).cwiseAbs().maxCoeff(), 1e-7);
  const MatrixXd held = WhittakerSmoother(times, 1, 1)(values, VectorXd::Unit(3, 1));
  for (int i = 0; i < 3; ++i) EXPECT_LT((held.row(i) - values.row(1)).norm(), 1e-6);
}

}  // namespace
}  // namespace ahap

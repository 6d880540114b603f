#include "reconstruction/motion/timing.h"

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <cmath>

namespace ahap {
namespace {

constexpr double kStep = 0.015;  // s, of differences: wider than a frame's ripples, narrower than a movement
constexpr double kFar = 0.03;    // s, in one iteration
constexpr int kIterations = 12;
constexpr double kConverged = 1e-5;  // s

// Parameters: seconds, and how much later the drift is at the ends, seconds.
struct Quadratic {
  Eigen::VectorXd gradient;
  Eigen::MatrixXd hessian;
};

Quadratic quadratic_at(const std::function<double(const Eigen::VectorXd&)>& cost, const Eigen::VectorXd& x) {
  const Eigen::Index n = x.size();
  Quadratic q{Eigen::VectorXd(n), Eigen::MatrixXd(n, n)};
  const auto at = [&](Eigen::Index i, double a, Eigen::Index j, double b) {
    Eigen::VectorXd y = x;
    y[i] += a * kStep;
    y[j] += b * kStep;
    return cost(y);
  };
  const double here = cost(x);
  for (Eigen::Index i = 0; i < n; ++i) {
    const double before = at(i, -1, i, 0), after = at(i, 1, i, 0);
    q.gradient[i] = (after - before) / (2 * kStep);
    q.hessian(i, i) = (after - 2 * here + before) / (kStep * kStep);
    for (Eigen::Index j = 0; j < i; ++j) {
      const double mixed = at(i, 1, j, 1) - at(i, 1, j, -1) - at(i, -1, j, 1) + at(i, -1, j, -1);
      q.hessian(i, j) = q.hessian(j, i) = mixed / (4 * kStep * kStep);
    }
  }
  return q;
}

}  // namespace

std::optional<Timing> refine_timing(const std::function<double(const Timing&)>& cost, const Timing& start,
                                    double length) {
  const double drift_of_end = length > 0 ? 2 / length : 0;
  const auto timing_of = [&](const Eigen::VectorXd& x) {
    Timing timing = start;
    timing.seconds = x[0];
    if (x.size() > 1) timing.drift = x[1] * drift_of_end;
    return timing;
  };
  const auto cost_of = [&](const Eigen::VectorXd& x) { return cost(timing_of(x)); };
  Eigen::VectorXd x(length > 0 ? 2 : 1);
  x[0] = start.seconds;
  if (length > 0) x[1] = start.drift / drift_of_end;
  for (int iteration = 0; iteration < kIterations; ++iteration) {
    const Quadratic q = quadratic_at(cost_of, x);
    const Eigen::LLT<Eigen::MatrixXd> solver(q.hessian);
    if (solver.info() != Eigen::Success) return std::nullopt;
    Eigen::VectorXd move = -solver.solve(q.gradient);
    if (!move.allFinite()) return std::nullopt;
    move *= std::min(1.0, kFar / move.cwiseAbs().maxCoeff());
    x += move;
    if (move.cwiseAbs().maxCoeff() > kConverged && iteration + 1 < kIterations) continue;
    const Eigen::MatrixXd covariance = solver.solve(Eigen::MatrixXd::Identity(x.size(), x.size()));
    Timing timing = timing_of(x);
    timing.sigma = std::sqrt(covariance(0, 0));
    if (x.size() > 1) timing.drift_sigma = std::sqrt(covariance(1, 1)) * drift_of_end;
    return timing;
  }
  return std::nullopt;
}

}  // namespace ahap

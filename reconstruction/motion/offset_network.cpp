#include "reconstruction/motion/offset_network.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "reconstruction/random.h"

namespace ahap {
namespace {

constexpr int kTrials = 200;       // of trees; four cameras have 16
constexpr double kSure = 10;       // log likelihood; more of it is no protection against a likeness by chance
constexpr double kSigmas = 3;      // by which a pair may differ
constexpr double kDiffers = 0.01;  // s, by which it may differ in any case: a third of a frame
constexpr double kSignificant = 4;  // sigmas of a drift
constexpr double kUsualDrift =
    1e-4;  // of clocks, where a pair is too short to say something: quartz, warm or cold

// Of every camera.
struct Solution {
  Eigen::VectorXd seconds, drift, seconds_sigma, drift_sigma;
};

// What the equation of a pair leaves: at the time `when` of a both cameras show the same.
double residual(const PairTiming& pair, const Solution& s) {
  const double time_of_a = pair.timing.when, time_of_b = pair.timing.time_of_b(time_of_a);
  return s.seconds[pair.b] + (1 + s.drift[pair.b]) * time_of_b - s.seconds[pair.a] -
         (1 + s.drift[pair.a]) * time_of_a;
}

// Least squares with the reference at 0; the pairs connect all `members`.
Solution solve(int cameras, const std::vector<const PairTiming*>& pairs, const std::vector<int>& members,
               bool drifts) {
  const int n = int(members.size()) - 1;  // without the reference
  double middle = 0;                      // the offsets of this time are solved for: drifts change them least
  for (const PairTiming* pair : pairs) middle += pair->timing.when / double(pairs.size());
  std::vector<int> unknown(cameras, -1);
  for (int i = 0; i < n; ++i) unknown[members[i + 1]] = i;
  Eigen::MatrixXd A = Eigen::MatrixXd::Zero(2 * int(pairs.size()), drifts ? 2 * n : n);
  Eigen::VectorXd y = Eigen::VectorXd::Zero(A.rows());
  for (int i = 0; i < int(pairs.size()); ++i) {
    const Timing& timing = pairs[i]->timing;
    const double time_of_a = timing.when, time_of_b = timing.time_of_b(time_of_a),
                 drift_sigma = timing.drift_sigma.value_or(kUsualDrift);
    const auto put = [&](int camera, double sign, double time) {
      if (unknown[camera] < 0) return;
      A(2 * i, unknown[camera]) = sign / timing.sigma;
      if (!drifts) return;
      A(2 * i, n + unknown[camera]) = sign * (time - middle) / timing.sigma;
      A(2 * i + 1, n + unknown[camera]) = sign / drift_sigma;
    };
    put(pairs[i]->b, 1, time_of_b);
    put(pairs[i]->a, -1, time_of_a);
    y[2 * i] = (time_of_a - time_of_b) / timing.sigma;
    if (drifts) y[2 * i + 1] = timing.drift / drift_sigma;
  }
  const Eigen::MatrixXd normal = A.transpose() * A;
  const Eigen::LDLT<Eigen::MatrixXd> solver(normal);
  const Eigen::VectorXd x = solver.solve(A.transpose() * y);
  const Eigen::MatrixXd covariance = solver.solve(Eigen::MatrixXd::Identity(x.size(), x.size()));
  const Eigen::VectorXd zero = Eigen::VectorXd::Zero(cameras);
  Solution s{zero, zero, zero, zero};
  for (int i = 0; i < n; ++i) {
    const int camera = members[i + 1];
    s.seconds[camera] = x[i];
    s.seconds_sigma[camera] = std::sqrt(covariance(i, i));
    if (!drifts) continue;
    s.drift[camera] = x[n + i];
    s.seconds[camera] -= s.drift[camera] * middle;
    s.drift_sigma[camera] = std::sqrt(covariance(n + i, n + i));
  }
  return s;
}

// Cameras that pairs connect.
class Groups {
 public:
  explicit Groups(int cameras) : parent_(cameras) { std::iota(parent_.begin(), parent_.end(), 0); }
  int root(int a) const { return parent_[a] == a ? a : root(parent_[a]); }
  bool join(int a, int b) {
    a = root(a), b = root(b);
    parent_[std::max(a, b)] = std::min(a, b);
    return a != b;
  }
  std::vector<int> largest() const {
    std::vector<std::vector<int>> members(parent_.size());
    for (int a = 0; a < int(parent_.size()); ++a) members[root(a)].push_back(a);
    return *std::max_element(members.begin(), members.end(),
                             [](const auto& a, const auto& b) { return a.size() < b.size(); });
  }

 private:
  std::vector<int> parent_;
};

double weight(const PairTiming& pair) {
  return std::min(pair.gain, kSure);
}

bool agrees(const PairTiming& pair, const Solution& solution) {
  return std::abs(residual(pair, solution)) < kSigmas * pair.timing.sigma + kDiffers;
}

// The pairs that agree with the tree of pairs that most gain agrees with.
std::vector<const PairTiming*> consensus(int cameras, const std::vector<const PairTiming*>& pairs,
                                         const std::vector<int>& members) {
  Random random(1);
  std::vector<const PairTiming*> best;
  double best_gain = -1;
  for (int trial = 0; trial < kTrials; ++trial) {
    std::vector<std::pair<double, const PairTiming*>> order;
    for (const PairTiming* pair : pairs)
      order.emplace_back(weight(*pair) * (trial ? double(random.uniform()) : 1), pair);
    std::stable_sort(order.begin(), order.end(),
                     [](const auto& a, const auto& b) { return a.first > b.first; });
    Groups groups(cameras);
    std::vector<const PairTiming*> tree, agreeing;
    for (const auto& [place, pair] : order) {
      if (groups.join(pair->a, pair->b)) tree.push_back(pair);
    }
    const Solution solution = solve(cameras, tree, members, true);
    double gain = 0;
    for (const PairTiming* pair : pairs) {
      if (!agrees(*pair, solution)) continue;
      agreeing.push_back(pair);
      gain += weight(*pair);
    }
    if (gain <= best_gain) continue;
    best_gain = gain;
    best = std::move(agreeing);
  }
  return best;
}

}  // namespace

std::vector<CameraOffset> solve_offsets(int cameras, const std::vector<PairTiming>& pairs) {
  std::vector<CameraOffset> offsets(cameras);
  Groups all(cameras);
  for (const PairTiming& pair : pairs) all.join(pair.a, pair.b);
  const std::vector<int> members = cameras > 0 ? all.largest() : std::vector<int>();
  if (members.size() < 2) return offsets;
  std::vector<const PairTiming*> used;
  for (const PairTiming& pair : pairs) {
    if (all.root(pair.a) == all.root(members[0])) used.push_back(&pair);
  }
  used = consensus(cameras, used, members);
  Solution solution = solve(cameras, used, members, true);
  const bool drifts = (solution.drift.array().abs() > kSignificant * solution.drift_sigma.array()).any();
  if (!drifts) solution = solve(cameras, used, members, false);
  double squares = 0;
  for (const PairTiming* pair : used) squares += std::pow(residual(*pair, solution) / pair->timing.sigma, 2);
  const double freedom = double(used.size() + 1) - double(members.size()),
               inflation = freedom > 0 ? std::sqrt(std::max(1.0, squares / freedom)) : 1;
  for (const int camera : members) {
    offsets[camera] = {solution.seconds[camera], solution.drift[camera],
                       solution.seconds_sigma[camera] * inflation, CameraOffset::Source::sound};
  }
  for (const PairTiming* pair : used) {
    if (pair->source != CameraOffset::Source::motion) continue;
    offsets[pair->a].source = offsets[pair->b].source = CameraOffset::Source::motion;
  }
  return offsets;
}

Timing timing_between(const CameraOffset& a, const CameraOffset& b, double when) {
  const double time_of_b = (when * (1 + a.drift) + a.seconds - b.seconds) / (1 + b.drift);
  return {.seconds = when - time_of_b,
          .drift = 1 - (1 + a.drift) / (1 + b.drift),
          .when = when,
          .sigma = std::hypot(a.sigma, b.sigma),
          .drift_sigma = {}};
}

}  // namespace ahap

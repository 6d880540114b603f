#include "reconstruction/motion/whittaker.h"

#include <Eigen/SparseCholesky>
#include <cmath>
#include <numbers>
#include <vector>

#include "reconstruction/median.h"

namespace ahap {
namespace {

using SparseMatrix = Eigen::SparseMatrix<double>;

// Rows: the derivative between `order` + 1 successive times, by divided differences, times the root of the
// time that it stands for.
SparseMatrix derivatives(std::span<const double> times, int order) {
  const int n = int(times.size());
  std::vector<Eigen::Triplet<double>> entries;
  for (int row = 0; row + order < n; ++row) {
    const double stands_for = (times[row + order] - times[row]) / order;
    for (int k = row; k <= row + order; ++k) {
      double coefficient = std::tgamma(order + 1) * std::sqrt(stands_for);
      for (int other = row; other <= row + order; ++other)
        if (other != k) coefficient /= times[k] - times[other];
      entries.emplace_back(row, k, coefficient);
    }
  }
  SparseMatrix D(std::max(n - order, 0), n);
  D.setFromTriplets(entries.begin(), entries.end());
  return D;
}

double median_step(std::span<const double> times) {
  std::vector<double> steps;
  for (std::size_t i = 1; i < times.size(); ++i) steps.push_back(times[i] - times[i - 1]);
  return steps.empty() ? 1 : median(std::move(steps));
}

}  // namespace

WhittakerSmoother::WhittakerSmoother(std::span<const double> times, double cutoff, int order) {
  const SparseMatrix D = derivatives(times, order);
  const double lambda = std::pow(2 * std::numbers::pi * cutoff, -2 * order) / median_step(times);
  penalty_ = lambda * SparseMatrix(D.transpose() * D);
}

Eigen::MatrixXd WhittakerSmoother::operator()(const Eigen::MatrixXd& values,
                                              const Eigen::VectorXd& weights) const {
  const SparseMatrix equations = penalty_ + SparseMatrix(weights.asDiagonal());
  const Eigen::SimplicialLDLT<SparseMatrix, Eigen::Lower, Eigen::NaturalOrdering<int>> solver(equations);
  return solver.solve(weights.asDiagonal() * values);
}

}  // namespace ahap

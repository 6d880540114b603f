#pragma once

#include <Eigen/Core>
#include <Eigen/SparseCore>
#include <span>

namespace ahap {

// Smoothing by penalised least squares (Whittaker 1923, Eilers 2003): the x that minimises
//   sum of w |y - x|^2 + (2 pi cutoff)^(-2 order) / dt * integral of |the order-th derivative of x|^2,
// dt the median step. Past and future count alike, so nothing lags. Of an oscillation of frequency f,
// 1 / (1 + (f / cutoff)^(2 order)) remains where all weights are 1.
class WhittakerSmoother {
 public:
  // times: seconds, ascending. cutoff: Hz. order: of the derivative, at most the number of times.
  WhittakerSmoother(std::span<const double> times, double cutoff, int order = 3);

  // values (n, k): a row per time. weights (n): 0 where the value is not known, `order` of them above 0.
  Eigen::MatrixXd operator()(const Eigen::MatrixXd& values, const Eigen::VectorXd& weights) const;

 private:
  Eigen::SparseMatrix<double> penalty_;  // (n, n), banded
};

}  // namespace ahap

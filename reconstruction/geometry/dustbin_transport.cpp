#include "reconstruction/geometry/dustbin_transport.h"

#include <cmath>

namespace ahap {
namespace {

// Rounds and probability of Human3R's public code (commit a407c9e).
constexpr int kRounds = 20;
constexpr double kLeastProbability = 0.2;

// Of every row.
Eigen::VectorXd log_sum_exp(const Eigen::MatrixXd& rows) {
  const Eigen::VectorXd largest = rows.rowwise().maxCoeff();
  return (rows.colwise() - largest).array().exp().rowwise().sum().log().matrix() + largest;
}

// Logarithms of the masses of `count` members and of the dustbin, which takes all `others`.
Eigen::VectorXd log_masses(Eigen::Index count, Eigen::Index others) {
  Eigen::VectorXd masses = Eigen::VectorXd::Constant(count + 1, -std::log(double(count + others)));
  masses[count] += std::log(double(others));
  return masses;
}

}  // namespace

Eigen::MatrixXd transport_with_dustbin(const Eigen::MatrixXd& scores, double dustbin) {
  const Eigen::Index M = scores.rows(), n = scores.cols();
  Eigen::MatrixXd S = Eigen::MatrixXd::Constant(M + 1, n + 1, dustbin);
  S.topLeftCorner(M, n) = scores;
  const Eigen::VectorXd mu = log_masses(M, n), nu = log_masses(n, M);
  Eigen::VectorXd u = Eigen::VectorXd::Zero(M + 1), v = Eigen::VectorXd::Zero(n + 1);
  for (int round = 0; round < kRounds; ++round) {
    u = mu - log_sum_exp(S.rowwise() + v.transpose());
    v = nu - log_sum_exp((S.colwise() + u).transpose());
  }
  return ((S.colwise() + u).rowwise() + v.transpose()).array() + std::log(double(M + n));
}

std::vector<int> mutual_matches(const Eigen::MatrixXd& log_probability) {
  std::vector<int> matches(std::size_t(log_probability.cols()), -1);
  for (Eigen::Index j = 0; j < log_probability.cols(); ++j) {
    Eigen::Index row = 0, column = 0;
    const double best = log_probability.col(j).maxCoeff(&row);
    log_probability.row(row).maxCoeff(&column);
    if (column == j && std::exp(best) > kLeastProbability) matches[std::size_t(j)] = int(row);
  }
  return matches;
}

}  // namespace ahap

#include "reconstruction/branches/unish/focal_shift.h"

#include <Eigen/Core>
#include <cmath>
#include <unsupported/Eigen/NonLinearOptimization>
#include <unsupported/Eigen/NumericalDiff>
#include <vector>

#include "reconstruction/branches/pi3/pi3_heads.h"

namespace ahap {
namespace {

constexpr std::int64_t kSamples = 64;  // of a picture's height and of its width
// Tolerances of the official fit (SciPy's least_squares over MINPACK's lmdif).
constexpr double kCostTolerance = 1e-3, kOtherTolerance = 1e-8;
constexpr int kMostEvaluations = 200;

// Points (x, y, z) and where they are seen (u, v).
struct SeenPoints {
  Eigen::VectorXd x, y, z, u, v;

  // The best focal length for a shift.
  double focal(double shift) const {
    const Eigen::ArrayXd depth = z.array() + shift;
    const Eigen::ArrayXd qx = x.array() / depth, qy = y.array() / depth;
    return (qx * u.array() + qy * v.array()).sum() / (qx.square() + qy.square()).sum();
  }
};

// What is left of |f xy / (z + shift) - uv| as a function of the shift alone, for Eigen's solver.
struct ShiftResidual {
  using Scalar = double;
  using InputType = Eigen::VectorXd;
  using ValueType = Eigen::VectorXd;
  using JacobianType = Eigen::MatrixXd;
  enum { InputsAtCompileTime = Eigen::Dynamic, ValuesAtCompileTime = Eigen::Dynamic };

  const SeenPoints& seen;

  int inputs() const { return 1; }
  int values() const { return int(2 * seen.z.size()); }
  int operator()(const InputType& shift, ValueType& residual) const {
    const double f = seen.focal(shift[0]);
    const Eigen::ArrayXd depth = seen.z.array() + shift[0];
    residual.resize(values());
    residual.head(seen.z.size()) = f * seen.x.array() / depth - seen.u.array();
    residual.tail(seen.z.size()) = f * seen.y.array() / depth - seen.v.array();
    return 0;
  }
};

float best_shift(const SeenPoints& seen) {
  Eigen::NumericalDiff<ShiftResidual> residual(ShiftResidual{seen});
  Eigen::LevenbergMarquardt<Eigen::NumericalDiff<ShiftResidual>> solver(residual);
  solver.parameters.ftol = kCostTolerance;
  solver.parameters.xtol = solver.parameters.gtol = kOtherTolerance;
  solver.parameters.maxfev = kMostEvaluations;
  solver.useExternalScaling = true;
  solver.diag = Eigen::VectorXd::Ones(1);
  Eigen::VectorXd shift = Eigen::VectorXd::Zero(1);
  solver.minimize(shift);
  return float(shift[0]);
}

// Every n / 64th row or column of n; small pictures' are taken several times.
torch::Tensor sampled_places(std::int64_t n) {
  const auto i = torch::arange(kSamples, torch::kLong);
  return (i * n).div(kSamples, "floor");
}

SeenPoints seen_points(const torch::Tensor& points, const torch::Tensor& mask, const torch::Tensor& uv) {
  const auto rows = sampled_places(mask.size(0)), columns = sampled_places(mask.size(1));
  const auto sampled = [&](const torch::Tensor& map) {
    return map.cpu().index_select(0, rows).index_select(1, columns);
  };
  const auto kept = sampled(mask.to(torch::kBool));
  const auto X = sampled(points.to(torch::kDouble)).index({kept}),
             at = sampled(uv.to(torch::kDouble)).index({kept});
  const auto column_of = [](const torch::Tensor& table, int column) {
    const auto values = table.select(1, column).contiguous();
    return Eigen::VectorXd(Eigen::Map<const Eigen::VectorXd>(values.data_ptr<double>(), values.size(0)));
  };
  return {.x = column_of(X, 0),
          .y = column_of(X, 1),
          .z = column_of(X, 2),
          .u = column_of(at, 0),
          .v = column_of(at, 1)};
}

}  // namespace

FocalShift fit_focal_shift(const torch::Tensor& points, const torch::Tensor& mask) {
  const std::int64_t S = points.size(0), H = points.size(1), W = points.size(2);
  const auto uv = uv_map(H, W, double(W) / double(H)).permute({1, 2, 0});
  std::vector<float> focal(static_cast<std::size_t>(S), 1), shift(static_cast<std::size_t>(S), 0);
  for (std::int64_t s = 0; s < S; ++s) {
    const SeenPoints seen = seen_points(points[s], mask[s], uv);
    if (seen.z.size() < 2) continue;
    shift[std::size_t(s)] = best_shift(seen);
    focal[std::size_t(s)] = float(seen.focal(shift[std::size_t(s)]));
  }
  return {.focal = torch::tensor(focal).to(points.device()),
          .shift = torch::tensor(shift).to(points.device())};
}

torch::Tensor focal_pixels(const torch::Tensor& focal, std::int64_t height, std::int64_t width) {
  return focal * (std::hypot(double(width), double(height)) / 2);
}

torch::Tensor centered_intrinsics(const torch::Tensor& focal, std::int64_t height, std::int64_t width) {
  auto K = torch::eye(3, focal.options()).repeat({focal.size(0), 1, 1});
  K.select(1, 0).select(1, 0).copy_(focal);
  K.select(1, 1).select(1, 1).copy_(focal);
  K.select(1, 0).select(1, 2).fill_(double(width) / 2);
  K.select(1, 1).select(1, 2).fill_(double(height) / 2);
  return K;
}

torch::Tensor points_of_depth(const torch::Tensor& depth, const torch::Tensor& K) {
  const std::int64_t H = depth.size(1), W = depth.size(2);
  const auto entry = [&](int row, int column) { return K.select(1, row).select(1, column).view({-1, 1, 1}); };
  const auto x = torch::arange(W, depth.options()) + 0.5,
             y = (torch::arange(H, depth.options()) + 0.5).unsqueeze(1);
  return torch::stack(
      {depth * (x - entry(0, 2)) / entry(0, 0), depth * (y - entry(1, 2)) / entry(1, 1), depth}, -1);
}

}  // namespace ahap

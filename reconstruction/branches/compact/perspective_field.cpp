#include "reconstruction/branches/compact/perspective_field.h"

#include <Eigen/Cholesky>
#include <Eigen/Geometry>
#include <cmath>
#include <vector>

namespace ahap {
namespace {

// Up vector of a camera that looks `pitch` above the horizon and is rolled by `roll` about its axis.
Eigen::Vector3d up_vector(double pitch, double roll) {
  return {-std::sin(roll) * std::cos(pitch), -std::cos(roll) * std::cos(pitch), std::sin(pitch)};
}

struct Sample {
  double x, y;
  Eigen::Vector2d up;
  double latitude;
};

constexpr double kFocalSigma = 0.2;  // of log focal, the prior
constexpr double kFieldSigma = 0.1;  // radians, expected error of a map's value
constexpr double kCorrelated = 10;   // neighbouring cells err together: so many count as one

Eigen::VectorXd residuals(const Eigen::Vector3d& q, const std::vector<Sample>& samples, double size,
                          double prior) {
  const double focal = std::exp(q[2]);
  const Eigen::Vector3d up = up_vector(q[0], q[1]);
  Eigen::VectorXd r(3 * samples.size() + 1);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const FieldAt field = perspective_field(up, focal, size, samples[i].x, samples[i].y);
    r.segment<2>(3 * i) = field.up - samples[i].up;
    r[3 * i + 2] = field.latitude - samples[i].latitude;
  }
  r[r.size() - 1] = (q[2] - prior) / kFocalSigma * kFieldSigma * std::sqrt(kCorrelated);
  return r;
}

}  // namespace

FieldAt perspective_field(const Eigen::Vector3d& up, double focal, double size, double x, double y) {
  const Eigen::Vector3d ray((x - size / 2) / focal, (y - size / 2) / focal, 1);
  FieldAt field;
  field.latitude = std::asin(std::clamp(ray.normalized().dot(up), -1.0, 1.0));
  field.up = (up.head<2>() - ray.head<2>() * up.z()).normalized();
  return field;
}

PerspectiveFit fit_perspective(const torch::Tensor& up, const torch::Tensor& latitude, double size) {
  const auto u = up.to(torch::kFloat).contiguous(), l = latitude.to(torch::kFloat).contiguous();
  const auto ua = u.accessor<float, 3>();
  const auto la = l.accessor<float, 2>();
  const int h = la.size(0), w = la.size(1), stride = std::max(1, h / 28);
  std::vector<Sample> samples;
  for (int y = stride / 2; y < h; y += stride) {
    for (int x = stride / 2; x < w; x += stride) {
      const Eigen::Vector2d direction(ua[0][y][x], ua[1][y][x]);
      samples.push_back({(x + 0.5) * size / w, (y + 0.5) * size / h, direction, la[y][x]});
    }
  }
  const double prior = std::log(size / 2 / std::tan(M_PI / 6));
  Eigen::Vector3d q(0, 0, prior);
  double mean_latitude = 0;
  for (const Sample& s : samples) mean_latitude += s.latitude / samples.size();
  q[0] = mean_latitude;

  // Levenberg-Marquardt on three numbers with numeric derivatives and Huber weights.
  double lambda = 1e-3;
  const auto weighted = [&](const Eigen::VectorXd& r) {
    Eigen::VectorXd weight = Eigen::VectorXd::Ones(r.size());
    for (int i = 0; i + 1 < r.size(); ++i)
      weight[i] = std::min(1.0, kFieldSigma / std::max(1e-9, std::abs(r[i])));
    return weight;
  };
  Eigen::VectorXd r = residuals(q, samples, size, prior);
  Eigen::VectorXd weight = weighted(r);
  for (int iteration = 0; iteration < 20; ++iteration) {
    Eigen::MatrixXd J(r.size(), 3);
    for (int k = 0; k < 3; ++k) {
      Eigen::Vector3d moved = q;
      moved[k] += 1e-5;
      J.col(k) = (residuals(moved, samples, size, prior) - r) / 1e-5;
    }
    Eigen::Matrix3d H = J.transpose() * weight.asDiagonal() * J;
    const Eigen::Vector3d g = J.transpose() * weight.cwiseProduct(r);
    H.diagonal() *= 1 + lambda;
    const Eigen::Vector3d candidate = q - H.ldlt().solve(g);
    const Eigen::VectorXd next = residuals(candidate, samples, size, prior);
    if (next.cwiseAbs2().dot(weight) < r.cwiseAbs2().dot(weight)) {
      const bool converged = (candidate - q).norm() < 1e-7;
      q = candidate;
      r = next;
      weight = weighted(r);
      lambda = std::max(1e-9, lambda / 4);
      if (converged) break;
    } else {
      lambda *= 8;
      if (lambda > 1e6) break;
    }
  }
  return {up_vector(q[0], q[1]), std::exp(q[2]),
          std::sqrt(r.head(r.size() - 1).squaredNorm() / (r.size() - 1))};
}

}  // namespace ahap

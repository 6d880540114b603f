#include "reconstruction/geometry/triangulation.h"

#include <Eigen/Cholesky>
#include <Eigen/LU>
#include <Eigen/SVD>
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace ahap {

namespace {

double squared_error(std::span<const PointObservation> observations, const Eigen::Vector3d& X) {
  double sum = 0;
  for (const auto& o : observations) {
    if (o.weight <= 0) continue;
    const auto x = o.camera.project(X);
    if (!x) return std::numeric_limits<double>::infinity();
    sum += o.weight * (*x - o.pixel).squaredNorm();
  }
  return sum;
}

}  // namespace

double reprojection_rms(std::span<const PointObservation> observations, const Eigen::Vector3d& X) {
  double weight = 0;
  for (const auto& o : observations) weight += std::max(0.0, o.weight);
  return weight > 0 ? std::sqrt(squared_error(observations, X) / weight) : 0;
}

Eigen::Vector3d polish_point(std::span<const PointObservation> observations, const Eigen::Vector3d& X_start,
                             int iterations) {
  Eigen::Vector3d X = X_start;
  double cost = squared_error(observations, X);
  double damping = 1e-6;
  for (int i = 0; i < iterations && std::isfinite(cost); ++i) {
    Eigen::Matrix3d JtJ = Eigen::Matrix3d::Zero();
    Eigen::Vector3d Jtr = Eigen::Vector3d::Zero();
    for (const auto& o : observations) {
      if (o.weight <= 0) continue;
      const Eigen::Isometry3d camera_from_world = o.camera.camera_from_world();
      const Eigen::Vector3d h = o.camera.K * (camera_from_world * X);
      Eigen::Matrix<double, 2, 3> projection;
      projection << 1 / h.z(), 0, -h.x() / (h.z() * h.z()), 0, 1 / h.z(), -h.y() / (h.z() * h.z());
      const Eigen::Matrix<double, 2, 3> J = projection * o.camera.K * camera_from_world.linear();
      JtJ += o.weight * J.transpose() * J;
      Jtr += o.weight * J.transpose() * (h.hnormalized() - o.pixel);
    }
    Eigen::Matrix3d damped = JtJ;
    damped.diagonal() *= 1 + damping;
    const Eigen::Vector3d candidate = X - damped.ldlt().solve(Jtr);
    const double candidate_cost = candidate.allFinite() ? squared_error(observations, candidate)
                                                        : std::numeric_limits<double>::infinity();
    if (candidate_cost < cost) {
      const bool converged = cost - candidate_cost < 1e-12 * cost;
      X = candidate;
      cost = candidate_cost;
      damping *= 0.1;
      if (converged) break;
    } else {
      damping = std::max(damping, 1e-6) * 100;
    }
  }
  return X;
}

Triangulation triangulate(std::span<const PointObservation> all, const TriangulationLimits& limits) {
  std::vector<PointObservation> observations;
  for (const auto& o : all) {
    if (o.weight > 0) observations.push_back(o);
  }
  Triangulation result;
  if (observations.size() < 2) return result;

  // A world centred on the cameras and as large as their spread keeps the four columns comparable.
  Eigen::Vector3d origin = Eigen::Vector3d::Zero();
  for (const auto& o : observations) origin += o.camera.center() / double(observations.size());
  double spread = 0;
  for (const auto& o : observations) spread = std::max(spread, (o.camera.center() - origin).norm());
  if (!(spread > 0)) {
    result.status = TriangulationStatus::parallel_rays;
    return result;
  }

  Eigen::MatrixXd A(2 * observations.size(), 4);
  for (std::size_t i = 0; i < observations.size(); ++i) {
    const auto& o = observations[i];
    const Eigen::Isometry3d camera_from_world = o.camera.camera_from_world();
    Eigen::Matrix<double, 3, 4> P;
    P.leftCols<3>() = camera_from_world.linear() * spread;
    P.col(3) = camera_from_world * origin;
    const Eigen::Vector2d x = (o.camera.K.inverse() * o.pixel.homogeneous()).hnormalized();
    const double w = std::sqrt(o.weight);
    A.row(2 * i) = w * (x.x() * P.row(2) - P.row(0)).normalized();
    A.row(2 * i + 1) = w * (x.y() * P.row(2) - P.row(1)).normalized();
  }
  const Eigen::Vector4d X = Eigen::JacobiSVD<Eigen::MatrixXd>(A, Eigen::ComputeFullV).matrixV().col(3);
  if (!X.allFinite() || std::abs(X.w()) < 1e-9) {
    result.status = TriangulationStatus::parallel_rays;
    return result;
  }
  result.point = origin + spread * X.hnormalized();

  // Two cameras that face each other along the line of sight fix a point no better than parallel rays do.
  double line_angle = 0;
  for (std::size_t i = 0; i < observations.size(); ++i) {
    for (std::size_t j = i + 1; j < observations.size(); ++j) {
      const auto &a = observations[i], &b = observations[j];
      const Eigen::Vector3d u = a.camera.ray(a.pixel), v = b.camera.ray(b.pixel);
      const double angle = std::atan2(u.cross(v).norm(), u.dot(v));
      result.max_angle = std::max(result.max_angle, angle);
      line_angle = std::max(line_angle, std::min(angle, M_PI - angle));
    }
  }
  if (line_angle < limits.min_angle) {
    result.status = TriangulationStatus::parallel_rays;
    return result;
  }
  if (!std::isfinite(squared_error(observations, result.point))) {
    result.status = TriangulationStatus::behind_camera;
    return result;
  }
  result.point = polish_point(observations, result.point);
  result.residual = reprojection_rms(observations, result.point);
  double side = 0;
  for (const auto& o : observations) side = std::max<double>(side, std::max(o.camera.width, o.camera.height));
  result.status = side > 0 && result.residual > limits.max_residual * side
                      ? TriangulationStatus::large_residual
                      : TriangulationStatus::ok;
  return result;
}

const char* to_string(TriangulationStatus status) {
  switch (status) {
    case TriangulationStatus::ok:
      return "ok";
    case TriangulationStatus::too_few_views:
      return "seen in one view only";
    case TriangulationStatus::parallel_rays:
      return "the rays are nearly parallel";
    case TriangulationStatus::behind_camera:
      return "the point lies behind a camera";
    case TriangulationStatus::large_residual:
      return "the views disagree";
  }
  return "";
}

}  // namespace ahap

#include "reconstruction/geometry/similarity.h"

#include <Eigen/Eigenvalues>
#include <Eigen/SVD>
#include <cmath>
#include <stdexcept>

namespace ahap {

namespace {

constexpr double kDegenerate = 1e-9;  // relative to the largest singular value

void require_equal(std::size_t a, std::size_t b, const char* what) {
  if (a != b) {
    throw std::invalid_argument(std::string("alignment of ") + what + ": " + std::to_string(a) + " against " +
                                std::to_string(b));
  }
}

// Weighted second moments of two point sets about their centroids.
struct Moments {
  double weight = 0;
  Eigen::Vector3d from_mean = Eigen::Vector3d::Zero(), to_mean = Eigen::Vector3d::Zero();
  double from_variance = 0, to_variance = 0;
  Eigen::Matrix3d covariance = Eigen::Matrix3d::Zero();  // sum w (to - mean)(from - mean)^T / sum w
};

Moments moments(std::span<const Eigen::Vector3d> from, std::span<const Eigen::Vector3d> to,
                std::span<const double> weights) {
  require_equal(from.size(), to.size(), "points");
  if (!weights.empty()) require_equal(from.size(), weights.size(), "points and weights");
  const auto weight = [&](std::size_t i) { return weights.empty() ? 1.0 : weights[i]; };
  Moments m;
  for (std::size_t i = 0; i < from.size(); ++i) {
    m.weight += weight(i);
    m.from_mean += weight(i) * from[i];
    m.to_mean += weight(i) * to[i];
  }
  if (!(m.weight > 0)) return m;
  m.from_mean /= m.weight;
  m.to_mean /= m.weight;
  for (std::size_t i = 0; i < from.size(); ++i) {
    const Eigen::Vector3d a = from[i] - m.from_mean, b = to[i] - m.to_mean;
    const double w = weight(i) / m.weight;
    m.from_variance += w * a.squaredNorm();
    m.to_variance += w * b.squaredNorm();
    m.covariance += w * b * a.transpose();
  }
  return m;
}

// argmax over rotations of trace(R^T M). Nothing when the two smaller singular values leave it undetermined.
std::optional<Eigen::Matrix3d> best_rotation(const Eigen::Matrix3d& M, double* trace = nullptr) {
  if (!M.allFinite()) return std::nullopt;
  const Eigen::JacobiSVD<Eigen::Matrix3d> svd(M, Eigen::ComputeFullU | Eigen::ComputeFullV);
  const Eigen::Vector3d s = svd.singularValues();
  const double sign = svd.matrixU().determinant() * svd.matrixV().determinant() < 0 ? -1 : 1;
  if (!(s(1) + sign * s(2) > kDegenerate * s(0))) return std::nullopt;
  if (trace) *trace = s(0) + s(1) + sign * s(2);
  return svd.matrixU() * Eigen::Vector3d(1, 1, sign).asDiagonal() * svd.matrixV().transpose();
}

}  // namespace

Eigen::Isometry3d Similarity::operator*(const Eigen::Isometry3d& pose) const {
  Eigen::Isometry3d result = Eigen::Isometry3d::Identity();
  result.linear() = R * pose.linear();
  result.translation() = *this * Eigen::Vector3d(pose.translation());
  return result;
}

Similarity Similarity::operator*(const Similarity& other) const {
  return {scale * other.scale, R * other.R, *this * other.t};
}

Similarity Similarity::inverse() const {
  return {1 / scale, R.transpose(), -(R.transpose() * t) / scale};
}

std::optional<Similarity> align_points(std::span<const Eigen::Vector3d> from,
                                       std::span<const Eigen::Vector3d> to, AlignmentGroup group,
                                       std::span<const double> weights) {
  const Moments m = moments(from, to, weights);
  if (!(m.weight > 0)) return std::nullopt;
  double trace = 0;
  const auto R = best_rotation(m.covariance, &trace);
  if (!R) return std::nullopt;
  Similarity result;
  result.R = *R;
  if (group == AlignmentGroup::Sim3) result.scale = trace / m.from_variance;
  result.t = m.to_mean - result.scale * (result.R * m.from_mean);
  return result;
}

std::optional<Similarity> align_trajectories(std::span<const Eigen::Isometry3d> from,
                                             std::span<const Eigen::Isometry3d> to, AlignmentGroup group) {
  require_equal(from.size(), to.size(), "camera poses");
  if (from.empty()) return std::nullopt;
  std::vector<Eigen::Vector3d> from_centers, to_centers;
  Eigen::Matrix3d orientations = Eigen::Matrix3d::Zero();
  for (std::size_t i = 0; i < from.size(); ++i) {
    from_centers.push_back(from[i].translation());
    to_centers.push_back(to[i].translation());
    orientations += to[i].linear() * from[i].linear().transpose() / double(from.size());
  }
  const Moments m = moments(from_centers, to_centers, {});
  // Both covariances are brought to "arms" of one length, so that the units of `from` do not matter.
  const double spread = std::sqrt(m.from_variance * m.to_variance);
  const bool separate = m.from_variance > 1e-16 && m.to_variance > 1e-16;
  const Eigen::Matrix3d M =
      orientations + (separate ? Eigen::Matrix3d(m.covariance / spread) : Eigen::Matrix3d::Zero());
  const auto R = best_rotation(M);
  if (!R) return std::nullopt;
  Similarity result;
  result.R = *R;
  if (group == AlignmentGroup::Sim3 && separate) {
    result.scale = (result.R.transpose() * m.covariance).trace() / m.from_variance;
    if (!(result.scale > 0)) return std::nullopt;
  }
  result.t = m.to_mean - result.scale * (result.R * m.from_mean);
  return result;
}

std::optional<AxisAlignment> align_about_axis(
    const Eigen::Vector3d& axis, std::span<const Eigen::Vector3d> from, std::span<const Eigen::Vector3d> to,
    std::span<const double> weights, std::span<const Eigen::Vector3d> from_directions,
    std::span<const Eigen::Vector3d> to_directions, std::span<const double> direction_weights) {
  require_equal(from_directions.size(), to_directions.size(), "directions");
  if (!direction_weights.empty()) {
    require_equal(from_directions.size(), direction_weights.size(), "directions and weights");
  }
  const Moments m = moments(from, to, weights);
  if (!(m.weight > 0)) return std::nullopt;
  Eigen::Matrix3d M = m.weight * m.covariance;
  double largest = m.weight * (m.from_variance + m.to_variance);
  for (std::size_t k = 0; k < from_directions.size(); ++k) {
    const double v = direction_weights.empty() ? 1.0 : direction_weights[k];
    M += v * to_directions[k] * from_directions[k].transpose();
    largest += v;
  }
  // trace(R(angle)^T M) = cos(angle) C + sin(angle) S + const, by Rodrigues' formula.
  const double C = M.trace() - axis.dot(M * axis);
  const double S = axis.dot(Eigen::Vector3d(M(2, 1) - M(1, 2), M(0, 2) - M(2, 0), M(1, 0) - M(0, 1)));
  if (!(std::hypot(C, S) > kDegenerate * largest)) return std::nullopt;
  AxisAlignment result;
  result.angle = std::atan2(S, C);
  const Eigen::Matrix3d R = Eigen::AngleAxisd(result.angle, axis).toRotationMatrix();
  result.to_from_from.linear() = R;
  result.to_from_from.translation() = m.to_mean - R * m.from_mean;
  const double variance = m.from_variance + m.to_variance - 2 * (R.transpose() * m.covariance).trace();
  result.rms = std::sqrt(std::max(0.0, variance));
  return result;
}

std::optional<Eigen::Quaterniond> mean_rotation(std::span<const Eigen::Quaterniond> rotations,
                                                std::span<const double> weights) {
  if (!weights.empty()) require_equal(rotations.size(), weights.size(), "rotations and weights");
  Eigen::Matrix4d M = Eigen::Matrix4d::Zero();
  for (std::size_t i = 0; i < rotations.size(); ++i) {
    const Eigen::Vector4d q = rotations[i].normalized().coeffs();
    M += (weights.empty() ? 1.0 : weights[i]) * q * q.transpose();
  }
  if (!M.allFinite()) return std::nullopt;
  const Eigen::SelfAdjointEigenSolver<Eigen::Matrix4d> solver(M);
  const Eigen::Vector4d values = solver.eigenvalues();  // ascending
  if (!(values(3) - values(2) > kDegenerate * values(3))) return std::nullopt;
  Eigen::Quaterniond mean;
  mean.coeffs() = solver.eigenvectors().col(3);
  if (mean.w() < 0) mean.coeffs() *= -1;
  return mean;
}

double mean_distance_from_middle(std::span<const Eigen::Vector3d> points) {
  Eigen::Vector3d middle = Eigen::Vector3d::Zero();
  for (const auto& point : points) middle += point / double(points.size());
  double distance = 0;
  for (const auto& point : points) distance += (point - middle).norm() / double(points.size());
  return distance;
}

Eigen::Matrix3d nearest_rotation(const Eigen::Matrix3d& M) {
  const Eigen::JacobiSVD<Eigen::Matrix3d> svd(M, Eigen::ComputeFullU | Eigen::ComputeFullV);
  const double sign = svd.matrixU().determinant() * svd.matrixV().determinant() < 0 ? -1 : 1;
  return svd.matrixU() * Eigen::Vector3d(1, 1, sign).asDiagonal() * svd.matrixV().transpose();
}

double rotation_angle(const Eigen::Matrix3d& a, const Eigen::Matrix3d& b) {
  return Eigen::Quaterniond(a).normalized().angularDistance(Eigen::Quaterniond(b).normalized());
}

}  // namespace ahap

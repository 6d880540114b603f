#include "reconstruction/motion/epipolar_timing.h"

#include <Eigen/Eigenvalues>
#include <Eigen/Geometry>
#include <Eigen/LU>
#include <algorithm>
#include <cmath>

namespace ahap {
namespace {

constexpr int kMostInstants = 400;  // that are looked at
constexpr int kFewPairs = 100;      // below it nothing is said
constexpr double kOutlier = 4;      // sigmas from which a point counts less (Geman and McClure)
constexpr double kUnrelated = 6;    // mean loss of points that have nothing to do with one another
constexpr double kLeastLoss = 0.2;  // residuals below the sigma that is claimed say nothing more
constexpr int kReweightings = 3;

double loss(double squared) {
  return squared / (1 + squared / (kOutlier * kOutlier));
}

// One point in both pictures, pixels.
struct Pair {
  Eigen::Vector2d a, b;
  double sigma_a, sigma_b;
};

// Squared distance from the epipolar lines in standard deviations (Sampson). `variance`: that of b^T F a.
double squared_distance(const Eigen::Matrix3d& F, const Eigen::Vector2d& a, const Eigen::Vector2d& b,
                        double sigma_a, double sigma_b, double* variance = nullptr) {
  const Eigen::Vector3d line_b = F * a.homogeneous(), line_a = F.transpose() * b.homogeneous();
  const double spread = line_b.head<2>().squaredNorm() * sigma_b * sigma_b +
                        line_a.head<2>().squaredNorm() * sigma_a * sigma_a + 1e-30;
  if (variance) *variance = spread;
  const double error = b.homogeneous().dot(line_b);
  return error * error / spread;
}

std::vector<Pair> pairs_at(const Timing& timing, const std::vector<SeenTwice>& people, int stride) {
  std::vector<Pair> pairs;
  for (const auto& [a, b, begin, end] : people) {
    for (int n = begin; n < end; n += stride) {
      const double time = timing.time_of_b((a->first() + n) / kSignalRate);
      for (int point = 0; point < kBodyPoints; ++point) {
        const SmoothTrack::Sample& seen = a->sample(n, point);
        if (!seen.seen) continue;
        const SmoothTrack::Sample other = b->at(time, point);
        if (!other.seen) continue;
        pairs.push_back(
            {seen.pixel.cast<double>(), other.pixel.cast<double>(), a->sigma(point), b->sigma(point)});
      }
    }
  }
  return pairs;
}

// The fundamental matrix of least robust distance, by eight-point steps that are weighted anew.
Eigen::Matrix3d fit_fundamental(const std::vector<Pair>& pairs) {
  // Both pictures moved and scaled as one, so that numbers are about 1 (Hartley).
  Eigen::Vector2d middle_a(0, 0), middle_b(0, 0);
  for (const Pair& pair : pairs) {
    middle_a += pair.a / double(pairs.size());
    middle_b += pair.b / double(pairs.size());
  }
  double spread = 1e-12;
  for (const Pair& pair : pairs)
    spread +=
        (pair.a - middle_a).norm() / double(pairs.size()) + (pair.b - middle_b).norm() / double(pairs.size());
  const double scale = 2 * std::sqrt(2.0) / spread;
  std::vector<double> weights(pairs.size(), 1);
  Eigen::Matrix3d F;
  for (int round = 0; round <= kReweightings; ++round) {
    Eigen::Matrix<double, 9, 9> moments = Eigen::Matrix<double, 9, 9>::Zero();
    for (std::size_t i = 0; i < pairs.size(); ++i) {
      const Eigen::Vector3d a = (scale * (pairs[i].a - middle_a)).homogeneous(),
                            b = (scale * (pairs[i].b - middle_b)).homogeneous();
      Eigen::Matrix<double, 9, 1> row;
      row << b.x() * a, b.y() * a, a;
      moments.selfadjointView<Eigen::Lower>().rankUpdate(row, weights[i]);
    }
    const Eigen::SelfAdjointEigenSolver<Eigen::Matrix<double, 9, 9>> solver(moments);
    const Eigen::Matrix<double, 9, 1> f = solver.eigenvectors().col(0);
    F << f.segment<3>(0).transpose(), f.segment<3>(3).transpose(), f.segment<3>(6).transpose();
    for (std::size_t i = 0; i < pairs.size(); ++i) {
      double variance = 1;
      const double squared =
          squared_distance(F, scale * (pairs[i].a - middle_a), scale * (pairs[i].b - middle_b),
                           scale * pairs[i].sigma_a, scale * pairs[i].sigma_b, &variance);
      weights[i] = 1 / (variance * std::pow(1 + squared / (kOutlier * kOutlier), 2));
    }
  }
  Eigen::Matrix3d from_pixels_a = Eigen::Matrix3d::Identity(), from_pixels_b = from_pixels_a;
  from_pixels_a.topLeftCorner<2, 2>() *= scale;
  from_pixels_b.topLeftCorner<2, 2>() *= scale;
  from_pixels_a.topRightCorner<2, 1>() = -scale * middle_a;
  from_pixels_b.topRightCorner<2, 1>() = -scale * middle_b;
  return from_pixels_b.transpose() * F * from_pixels_a;
}

}  // namespace

Eigen::Matrix3d fundamental_matrix(const Camera& a, const Camera& b) {
  const Eigen::Isometry3d b_from_a = b.camera_from_world() * a.world_from_camera;
  const Eigen::Vector3d t = b_from_a.translation();
  Eigen::Matrix3d cross;
  cross << 0, -t.z(), t.y(), t.z(), 0, -t.x(), -t.y(), t.x(), 0;
  return b.K.inverse().transpose() * cross * b_from_a.linear() * a.K.inverse();
}

EpipolarTiming::EpipolarTiming(std::vector<SeenTwice> people, std::optional<Eigen::Matrix3d> F,
                               double independent)
    : people_(std::move(people)), F_(std::move(F)), independent_(independent) {
  int instants = 0;
  for (const SeenTwice& person : people_) instants += person.end - person.begin;
  stride_ = std::max(2, instants / kMostInstants);
}

double EpipolarTiming::gain(const Timing& timing) const {
  const std::vector<Pair> pairs = pairs_at(timing, people_, stride_);
  if (int(pairs.size()) < kFewPairs) return 0;
  const Eigen::Matrix3d F = F_ ? *F_ : fit_fundamental(pairs);
  double sum = 0;
  for (const Pair& pair : pairs) sum += loss(squared_distance(F, pair.a, pair.b, pair.sigma_a, pair.sigma_b));
  const double n = double(pairs.size()) * stride_ / kSignalRate * independent_;
  return 0.5 * n * std::log(kUnrelated / (sum / double(pairs.size()) + kLeastLoss));
}

}  // namespace ahap

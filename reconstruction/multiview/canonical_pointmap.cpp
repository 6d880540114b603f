#include "reconstruction/multiview/canonical_pointmap.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace ahap {
namespace {

constexpr float kLeastConfidence = 0.999f;
constexpr double kSteepestRay =
    0.5 / kShortestFocal;  // in the corner of the picture; steeper points are wrong
constexpr int kFocalRounds = 10;
constexpr double kLeastDistance = 1e-8;  // pixels

float weight_of(const Eigen::Vector3f& point, float confidence) {
  return point.allFinite() && std::isfinite(confidence) ? std::max(0.0f, confidence - kLeastConfidence) : 0;
}

}  // namespace

void CanonicalPointmap::add(std::span<const Eigen::Vector3f> points, std::span<const float> confidence) {
  if (points.size() != confidence.size() || (maps_ > 0 && points.size() != weight_.size()))
    throw std::invalid_argument("point maps of one view differ in size");
  if (maps_ == 0) {
    weighted_sum_.assign(points.size(), Eigen::Vector3f::Zero());
    weight_.assign(points.size(), 0);
    confidence_sum_.assign(points.size(), 0);
  }
  double agreement = 0, size = 0;  // the factor brings the new map nearest to the mean so far
  for (std::size_t i = 0; maps_ > 0 && i < points.size(); ++i) {
    const double weight = weight_of(points[i], confidence[i]);
    if (weight <= 0 || weight_[i] <= 0) continue;
    agreement += weight * double(points[i].dot(weighted_sum_[i])) / double(weight_[i]);
    size += weight * double(points[i].squaredNorm());
  }
  const double factor = agreement > 0 && size > 0 ? agreement / size : 1;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const float weight = weight_of(points[i], confidence[i]);
    if (weight <= 0) continue;
    weighted_sum_[i] += weight * float(factor) * points[i];
    weight_[i] += weight;
    confidence_sum_[i] += confidence[i];
  }
  ++maps_;
}

std::vector<Eigen::Vector3f> CanonicalPointmap::points() const {
  std::vector<Eigen::Vector3f> points(weighted_sum_);
  for (std::size_t i = 0; i < points.size(); ++i)
    if (weight_[i] > 0) points[i] /= weight_[i];
  return points;
}

std::vector<float> CanonicalPointmap::confidence() const {
  std::vector<float> confidence(confidence_sum_);
  for (float& value : confidence) value /= float(std::max(1, maps_));
  return confidence;
}

double focal_of_pointmap(std::span<const Eigen::Vector3f> points, int width, int height,
                         const Eigen::Vector2d& principal_point) {
  double focal = 0;
  for (int round = 0; round <= kFocalRounds; ++round) {
    double along = 0, squared = 0;
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        const Eigen::Vector3d point =
            points[std::size_t(y) * std::size_t(width) + std::size_t(x)].cast<double>();
        if (!point.allFinite() || point.head<2>().norm() >= kSteepestRay * point.z()) continue;
        const Eigen::Vector2d pixel = Eigen::Vector2d(x + 0.5, y + 0.5) - principal_point,
                              ray = point.head<2>() / point.z();
        const double weight = round == 0 ? 1 : 1 / std::max(kLeastDistance, (pixel - focal * ray).norm());
        along += weight * pixel.dot(ray);
        squared += weight * ray.squaredNorm();
      }
    }
    if (!(squared > 0) || !std::isfinite(along / squared)) return std::max(width, height);
    focal = along / squared;
  }
  const double diagonal = std::hypot(width, height);
  return std::clamp(focal, kShortestFocal * diagonal, kLongestFocal * diagonal);
}

}  // namespace ahap

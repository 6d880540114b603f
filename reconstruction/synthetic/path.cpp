#include "reconstruction/synthetic/path.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace ahap {
namespace {

using Eigen::Vector2f;

constexpr int kSamples = 64;  // per corner, of the table of lengths

// Value of the spline at x; `knot` gives any knot.
template <typename Knot>
auto spline(double x, const Knot& knot) {
  const double below = std::floor(x);
  const float f = float(x - below), g = 1 - f;
  const int i = int(below);
  const std::array<float, 4> w = {g * g * g / 6, (3 * f * f * f - 6 * f * f + 4) / 6,
                                  (3 * g * g * g - 6 * g * g + 4) / 6, f * f * f / 6};
  return decltype(knot(0))(w[0] * knot(i - 1) + w[1] * knot(i) + w[2] * knot(i + 1) + w[3] * knot(i + 2));
}

}  // namespace

float smooth_curve(std::span<const float> knots, double x) {
  const int last = int(knots.size()) - 1;
  return spline(std::clamp(x, -2.0, last + 2.0), [&](int i) { return knots[std::clamp(i, 0, last)]; });
}

Path::Path(std::vector<Vector2f> corners) : corners_(std::move(corners)) {
  lengths_.push_back(0);
  Vector2f before = point(0);
  for (int i = 1; i <= kSamples * (int(corners_.size()) - 1); ++i) {
    const Vector2f here = point(double(i) / kSamples);
    lengths_.push_back(lengths_.back() + (here - before).norm());
    before = here;
  }
}

Vector2f Path::point(double x) const {
  // Reflected beyond the ends, so that the curve begins and ends in its first and last corner.
  const int last = int(corners_.size()) - 1;
  return spline(x, [&](int i) -> Vector2f {
    if (i < 0) return 2 * corners_[0] - corners_[std::min(-i, last)];
    if (i > last) return 2 * corners_[last] - corners_[std::max(2 * last - i, 0)];
    return corners_[i];
  });
}

Vector2f Path::at(float along) const {
  const double end = double(corners_.size()) - 1;
  if (along < 0) return corners_.front() + along * (point(1e-2) - corners_.front()).normalized();
  if (along > length())
    return corners_.back() + (along - length()) * (corners_.back() - point(end - 1e-2)).normalized();
  const auto above = std::upper_bound(lengths_.begin(), lengths_.end() - 1, along);
  const std::size_t i = std::size_t(above - lengths_.begin());
  const float step = lengths_[i] - lengths_[i - 1];
  return point((double(i) - 1 + (step > 0 ? (along - lengths_[i - 1]) / step : 0)) / kSamples);
}

Vector2f Path::direction(float along) const {
  return (at(along + 0.15f) - at(along - 0.15f)).normalized();
}

float Path::smallest_radius() const {
  constexpr float step = 0.1f;
  float smallest = std::numeric_limits<float>::infinity();
  for (float along = step; along < length() - step; along += step) {
    const Vector2f a = at(along) - at(along - step), b = at(along + step) - at(along);
    const float turn = std::abs(std::atan2(a.x() * b.y() - a.y() * b.x(), a.dot(b)));
    if (turn > 0) smallest = std::min(smallest, 0.5f * (a.norm() + b.norm()) / turn);
  }
  return smallest;
}

}  // namespace ahap

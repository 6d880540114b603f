#pragma once

#include <Eigen/Core>
#include <span>
#include <vector>

namespace ahap {

// The uniform cubic B-spline with these knots at x = 0, 1, ...; the first and the last knot go on for ever.
// Two times continuously differentiable; between the smallest and the largest of the four nearest knots.
float smooth_curve(std::span<const float> knots, double x);

// A smooth curve on the floor plan (x, z) by its length, metres. It goes straight on beyond its ends.
class Path {
 public:
  Path() = default;
  // Bends around `corners`, at least two different ones, without reaching those in between.
  explicit Path(std::vector<Eigen::Vector2f> corners);

  float length() const { return lengths_.empty() ? 0 : lengths_.back(); }
  Eigen::Vector2f at(float along) const;
  // Unit, of the chord over 0.3 metres: turns without jumps.
  Eigen::Vector2f direction(float along) const;
  // Of the tightest bend, metres.
  float smallest_radius() const;

 private:
  Eigen::Vector2f point(double x) const;  // x: corners
  std::vector<Eigen::Vector2f> corners_;
  std::vector<float> lengths_;  // up to the points x = i / kSamples
};

}  // namespace ahap

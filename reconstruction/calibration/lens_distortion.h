#pragma once

#include <Eigen/Core>
#include <array>

namespace ahap {

// How a lens bends the picture: OpenCV's rational model, of which COLMAP's SIMPLE_RADIAL, RADIAL, OPENCV and
// FULL_OPENCV are cases. Without coefficients the lens is straight.
struct LensDistortion {
  std::array<double, 6> k{};  // radial, k4 to k6 in the denominator
  std::array<double, 2> p{};  // tangential

  bool is_straight() const;
  // Where a point of the plane at depth 1 appears: pixel = K (distorted, 1).
  Eigen::Vector2d distorted(const Eigen::Vector2d& point) const;
};

}  // namespace ahap

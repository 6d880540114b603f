#pragma once

#include <Eigen/Core>
#include <cmath>

namespace ahap {

// Cauchy loss rho(s) = c^2 log(1 + s / c^2) of a squared residual s, and its derivative rho'(s): the weight
// of the residual in iteratively reweighted least squares.
// Both times `share`.
struct Cauchy {
  double value, weight;
  Cauchy(double s, double c, double share = 1) {
    const double q = 1 + s / (c * c);
    value = share * c * c * std::log(q);
    weight = share / q;
  }
};

inline Eigen::Matrix3d skew(const Eigen::Vector3d& v) {
  Eigen::Matrix3d m;
  m << 0, -v.z(), v.y(), v.z(), 0, -v.x(), -v.y(), v.x(), 0;
  return m;
}

}  // namespace ahap

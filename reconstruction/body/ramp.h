#pragma once

#include <algorithm>

namespace ahap {

// 0 below a, 1 above b, smooth between them.
inline double ramp(double x, double a, double b) {
  const double t = std::clamp((x - a) / (b - a), 0.0, 1.0);
  return t * t * (3 - 2 * t);
}

}  // namespace ahap

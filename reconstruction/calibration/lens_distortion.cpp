#include "reconstruction/calibration/lens_distortion.h"

#include <algorithm>

namespace ahap {

bool LensDistortion::is_straight() const {
  const auto zero = [](double c) { return c == 0; };
  return std::all_of(k.begin(), k.end(), zero) && std::all_of(p.begin(), p.end(), zero);
}

// https://docs.opencv.org/4.x/d9/d0c/group__calib3d.html
Eigen::Vector2d LensDistortion::distorted(const Eigen::Vector2d& point) const {
  const double x = point.x(), y = point.y(), r2 = point.squaredNorm();
  const double radial =
      (1 + r2 * (k[0] + r2 * (k[1] + r2 * k[2]))) / (1 + r2 * (k[3] + r2 * (k[4] + r2 * k[5])));
  return {x * radial + 2 * p[0] * x * y + p[1] * (r2 + 2 * x * x),
          y * radial + p[0] * (r2 + 2 * y * y) + 2 * p[1] * x * y};
}

}  // namespace ahap

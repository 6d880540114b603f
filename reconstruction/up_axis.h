#pragma once

#include <Eigen/Core>

namespace ahap {

// Rx(90 degrees), (x, y, z) -> (x, -z, y): from our world to one with Z up; its transpose leads back.
inline Eigen::Matrix3d z_up_from_y_up() {
  return (Eigen::Matrix3d() << 1, 0, 0, 0, 0, -1, 0, 1, 0).finished();
}

}  // namespace ahap

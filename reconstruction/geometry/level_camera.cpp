#include "reconstruction/geometry/level_camera.h"

#include <Eigen/Geometry>
#include <cmath>

namespace ahap {

Eigen::Matrix3d level_from_camera(const Eigen::Vector3d& up) {
  const Eigen::Vector3d y = up.normalized();
  Eigen::Vector3d forward = Eigen::Vector3d::UnitZ();
  // A camera that looks straight up or down heads where the top of its picture points.
  if (std::abs(y.z()) > 0.999) forward = -Eigen::Vector3d::UnitY();
  const Eigen::Vector3d z = -(forward - forward.dot(y) * y).normalized();
  Eigen::Matrix3d level;
  level.row(0) = y.cross(z);
  level.row(1) = y;
  level.row(2) = z;
  return level;
}

double level_yaw(const Eigen::Matrix3d& world_from_camera) {
  const Eigen::Vector3d forward = world_from_camera.col(2);
  return std::atan2(-forward.x(), -forward.z());
}

}  // namespace ahap

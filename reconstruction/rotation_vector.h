#pragma once

#include <Eigen/Geometry>

namespace ahap {

// Rotations as axis times angle in radians.
inline Eigen::Vector3d rotation_vector(const Eigen::Matrix3d& R) {
  const Eigen::AngleAxisd rotation(R);
  return rotation.angle() * rotation.axis();
}
inline Eigen::Matrix3d rotation_of(const Eigen::Vector3d& rotation_vector) {
  const double angle = rotation_vector.norm();
  return angle > 1e-12 ? Eigen::AngleAxisd(angle, rotation_vector / angle).toRotationMatrix()
                       : Eigen::Matrix3d::Identity();
}

}  // namespace ahap

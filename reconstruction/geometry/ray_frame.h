#pragma once

#include <Eigen/Core>
#include <Eigen/Geometry>

namespace ahap {

// The ray frame of a pixel: the camera frame turned, without twist, so that its z axis is the pixel's viewing
// ray.
inline Eigen::Matrix3d camera_from_ray(const Eigen::Matrix3d& K, const Eigen::Vector2d& pixel) {
  const Eigen::Vector3d ray = (K.inverse() * pixel.homogeneous()).normalized();
  return Eigen::Quaterniond::FromTwoVectors(Eigen::Vector3d::UnitZ(), ray).toRotationMatrix();
}

}  // namespace ahap

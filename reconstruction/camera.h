#pragma once

#include <Eigen/Core>
#include <Eigen/Geometry>
#include <cmath>
#include <optional>

namespace ahap {

// Pinhole camera. Camera axes are OpenCV's: x right, y down, z forward. World: metres, Y up, floor at y = 0.
// K acts on pixels of the original image (after any EXIF rotation); the centre of the top-left pixel is (0.5,
// 0.5).
struct Camera {
  Eigen::Matrix3d K = Eigen::Matrix3d::Identity();
  int width = 0;
  int height = 0;
  Eigen::Isometry3d world_from_camera = Eigen::Isometry3d::Identity();

  Eigen::Isometry3d camera_from_world() const { return world_from_camera.inverse(); }
  Eigen::Vector3d center() const { return world_from_camera.translation(); }

  // Pixel of a world point; nothing for a point in or behind the camera plane.
  std::optional<Eigen::Vector2d> project(const Eigen::Vector3d& X_world) const {
    const Eigen::Vector3d X = camera_from_world() * X_world;
    if (X.z() <= 1e-9) return std::nullopt;
    const Eigen::Vector3d x = K * X;
    return Eigen::Vector2d(x.x() / x.z(), x.y() / x.z());
  }

  // World point at depth z (along the optical axis, metres) under a pixel.
  Eigen::Vector3d unproject(const Eigen::Vector2d& pixel, double z) const {
    const Eigen::Vector3d ray = K.inverse() * pixel.homogeneous();
    return world_from_camera * Eigen::Vector3d(ray * (z / ray.z()));
  }

  // Unit viewing direction of a pixel, world frame.
  Eigen::Vector3d ray(const Eigen::Vector2d& pixel) const {
    return (world_from_camera.linear() * (K.inverse() * pixel.homogeneous())).normalized();
  }
};

// Of pixels that are not square: the geometric mean.
inline double mean_focal_length(const Eigen::Matrix3d& K) {
  return std::sqrt(K(0, 0) * K(1, 1));
}

// Intrinsics with square pixels, the principal point in the middle and the given horizontal field of view
// (radians).
inline Eigen::Matrix3d intrinsics_from_fov(double horizontal_fov, int width, int height) {
  const double f = 0.5 * width / std::tan(0.5 * horizontal_fov);
  Eigen::Matrix3d K;
  K << f, 0, 0.5 * width, 0, f, 0.5 * height, 0, 0, 1;
  return K;
}

}  // namespace ahap

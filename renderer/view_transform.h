#pragma once

#include <Eigen/Core>
#include <Eigen/Geometry>
#include <Eigen/LU>

namespace ahap {

// How one pass sees the world. Camera axes are OpenCV's (x right, y down, z forward); NDC is OpenGL's (y up,
// -1..1); pixels have their origin at the top left corner, pixel centres at 0.5.
struct ViewTransform {
  Eigen::Isometry3f camera_from_world = Eigen::Isometry3f::Identity();
  Eigen::Matrix4f ndc_from_camera = Eigen::Matrix4f::Identity();  // homogeneous, w = z of the camera frame
  Eigen::Vector2f size{1, 1};                                     // of the target, pixels
  float near_plane = 0.01f;                                       // metres
  float far_plane = 100;                                          // metres

  Eigen::Matrix4f ndc_from_world() const { return ndc_from_camera * camera_from_world.matrix(); }
  Eigen::Vector3f eye() const { return camera_from_world.inverse().translation(); }
  float focal() const { return -ndc_from_camera(1, 1) * size.y() / 2; }  // vertical, pixels

  // Pixel (x, y) and depth along the optical axis (z; negative: behind the eye).
  Eigen::Vector3f project(const Eigen::Vector3f& X_world) const {
    const Eigen::Vector4f clip = ndc_from_world() * X_world.homogeneous();
    return {(clip.x() / clip.w() + 1) / 2 * size.x(), (1 - clip.y() / clip.w()) / 2 * size.y(), clip.w()};
  }

  // World point under a pixel at depth z along the optical axis.
  Eigen::Vector3f unproject(const Eigen::Vector2f& pixel, float z) const {
    const Eigen::Vector2f ndc(2 * pixel.x() / size.x() - 1, 1 - 2 * pixel.y() / size.y());
    const Eigen::Vector3f X_camera((ndc.x() - ndc_from_camera(0, 2)) * z / ndc_from_camera(0, 0),
                                   (ndc.y() - ndc_from_camera(1, 2)) * z / ndc_from_camera(1, 1), z);
    return camera_from_world.inverse() * X_camera;
  }
};

// K in pixels of a target of this size -> OpenGL's projection for OpenCV camera axes. Without skew.
inline Eigen::Matrix4f projection_from_intrinsics(const Eigen::Matrix3f& K, const Eigen::Vector2f& size,
                                                  float near_plane, float far_plane) {
  Eigen::Matrix4f P = Eigen::Matrix4f::Zero();
  P(0, 0) = 2 * K(0, 0) / size.x();
  P(0, 2) = 2 * K(0, 2) / size.x() - 1;
  P(1, 1) = -2 * K(1, 1) / size.y();
  P(1, 2) = 1 - 2 * K(1, 2) / size.y();
  P(2, 2) = (far_plane + near_plane) / (far_plane - near_plane);
  P(2, 3) = -2 * far_plane * near_plane / (far_plane - near_plane);
  P(3, 2) = 1;
  return P;
}

}  // namespace ahap

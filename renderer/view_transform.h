#pragma once

#include <Eigen/Core>
#include <Eigen/Geometry>
#include <Eigen/LU>
#include <algorithm>

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

  // The same view of a part of the target, whose top left corner is this pixel.
  ViewTransform part(const Eigen::Vector2f& corner, const Eigen::Vector2f& part_size) const {
    const Eigen::Vector2f zoom = size.cwiseQuotient(part_size), middle = corner + part_size / 2;
    const Eigen::Vector2f centre(2 * middle.x() / size.x() - 1, 1 - 2 * middle.y() / size.y());
    Eigen::Matrix4f part_from_ndc = Eigen::Matrix4f::Identity();
    part_from_ndc.diagonal().head<2>() = zoom;
    part_from_ndc.block<2, 1>(0, 3) = -zoom.cwiseProduct(centre);
    ViewTransform view = *this;
    view.size = part_size;
    view.ndc_from_camera = part_from_ndc * ndc_from_camera;
    return view;
  }

  // The same view on a target of another shape, as large as all of it has room there.
  ViewTransform fitted(const Eigen::Vector2f& other_size) const {
    const float scale = other_size.cwiseQuotient(size).minCoeff();
    const Eigen::Vector2f share = scale * size.cwiseQuotient(other_size);
    ViewTransform view = *this;
    view.size = other_size;
    view.ndc_from_camera.topRows<2>() = share.asDiagonal() * ndc_from_camera.topRows<2>();
    return view;
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

// As a camera with K in pixels of a target of this size sees it; near and far plane enclose the scene.
inline ViewTransform view_of_scene(const Eigen::Isometry3f& world_from_camera, const Eigen::Matrix3f& K,
                                   const Eigen::Vector2f& size, const Eigen::AlignedBox3f& scene) {
  ViewTransform view;
  view.camera_from_world = world_from_camera.inverse();
  view.size = size;
  const Eigen::Vector3f eye = world_from_camera.translation();
  const float farthest = scene.isEmpty() ? 0 : (eye - scene.center()).norm() + scene.diagonal().norm() / 2;
  view.far_plane = std::max(30.0f, 2 * farthest);
  view.near_plane = std::max(0.02f, view.far_plane / 5000);
  view.ndc_from_camera = projection_from_intrinsics(K, size, view.near_plane, view.far_plane);
  return view;
}

}  // namespace ahap

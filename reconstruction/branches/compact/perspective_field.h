#pragma once

#include <torch/torch.h>

#include <Eigen/Core>

namespace ahap {

struct PerspectiveFit {
  Eigen::Vector3d up{0, -1, 0};  // unit vector against gravity, camera axes
  double focal = 0;              // pixels
  double residual = 0;           // root mean square of the fitted field's angles, radians
};

// A pinhole camera's perspective field: for the ray r of each pixel, its elevation above the horizon asin(r .
// up) and the picture direction in which the projection of the ray's point moves when the point is lifted.
// Pixel (x, y) of the square input, principal point in its centre.
struct FieldAt {
  Eigen::Vector2d up;
  double latitude;
};
FieldAt perspective_field(const Eigen::Vector3d& up, double focal, double size, double x, double y);

// Least squares for pitch, roll and focal length from dense fields: up (2, h, w), latitude (h, w), both on a
// grid that covers the square input of `size` pixels. A weak prior holds the focal length near a 60 degree
// view.
PerspectiveFit fit_perspective(const torch::Tensor& up, const torch::Tensor& latitude, double size);

}  // namespace ahap

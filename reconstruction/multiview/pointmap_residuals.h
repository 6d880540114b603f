#pragma once

#include <ceres/ceres.h>

#include <Eigen/Core>
#include <cmath>

#include "reconstruction/multiview/people_residuals.h"

namespace ahap {

// The loss of MASt3R-SfM (Duisterhof et al. 2024) of a distance d: (d + o)^g - o^g with o = g^(-1 / (g - 1)),
// so that it rises by d near zero and by d^g far away. Ceres solves least squares: within `smooth` it is a
// parabola.
class GammaLoss : public ceres::LossFunction {
 public:
  GammaLoss(double gamma, double smooth)
      : gamma_(gamma), smooth_(smooth), offset_(std::pow(1 / gamma, 1 / (gamma - 1))) {}

  void Evaluate(double squared, double rho[3]) const override {
    const double d = std::sqrt(squared + smooth_ * smooth_), shifted = d + offset_;
    const double slope = gamma_ * std::pow(shifted, gamma_ - 1);  // by d
    rho[0] = std::pow(shifted, gamma_) - std::pow(smooth_ + offset_, gamma_);
    rho[1] = slope / (2 * d);
    rho[2] = (slope * (gamma_ - 1) / shifted - slope / d) / (4 * d * d);
  }

 private:
  double gamma_, smooth_, offset_;
};

// A point of one view and a point of another are one. Each is given in its camera's axes, in the unit of its
// view's points.
struct SamePoint {
  Eigen::Matrix3d start_a, start_b;  // world_from_camera at the start
  Eigen::Vector3d a, b;

  template <typename T>
  bool operator()(const T* turn_a, const T* center_a, const T* log_scale_a, const T* turn_b,
                  const T* center_b, const T* log_scale_b, T* residual) const {
    T at_a[3], at_b[3];
    place(start_a, a, turn_a, center_a, log_scale_a, at_a);
    place(start_b, b, turn_b, center_b, log_scale_b, at_b);
    for (int k = 0; k < 3; ++k) residual[k] = at_a[k] - at_b[k];
    return true;
  }

 private:
  template <typename T>
  static void place(const Eigen::Matrix3d& start, const Eigen::Vector3d& x, const T* turn, const T* center,
                    const T* log_scale, T* world) {
    const Eigen::Matrix<T, 3, 1> scaled = (start * x).cast<T>() * ceres::exp(log_scale[0]);
    ceres::AngleAxisRotatePoint(turn, scaled.data(), world);
    for (int k = 0; k < 3; ++k) world[k] += center[k];
  }
};

// The point under a pixel of one view projects to a pixel of another. Both cameras have square pixels.
struct MatchReprojection {
  Eigen::Matrix3d start_a, start_b;  // world_from_camera at the start
  Eigen::Vector2d from_principal;    // of the pixel of a
  double depth;                      // there, in the unit of the view's points
  double focal_a, focal_b;           // pixels, at the start
  Eigen::Vector2d to_principal;      // of the pixel of b

  template <typename T>
  bool operator()(const T* turn_a, const T* center_a, const T* log_scale_a, const T* log_focal_a,
                  const T* log_depth, const T* turn_b, const T* center_b, const T* log_focal_b,
                  T* residual) const {
    const T z = depth * ceres::exp(log_scale_a[0] + log_depth[0]);
    const T per_pixel = z / (focal_a * ceres::exp(log_focal_a[0]));
    const Eigen::Matrix<T, 3, 1> x(from_principal.x() * per_pixel, from_principal.y() * per_pixel, z);
    const Eigen::Matrix<T, 3, 1> straight = start_a.cast<T>() * x;
    T world[3];
    ceres::AngleAxisRotatePoint(turn_a, straight.data(), world);
    for (int k = 0; k < 3; ++k) world[k] += center_a[k];
    const Eigen::Matrix<T, 3, 1> seen = in_camera(start_b, turn_b, center_b, world);
    const T focal = focal_b * ceres::exp(log_focal_b[0]);
    residual[0] = focal * seen.x() / seen.z() - to_principal.x();
    residual[1] = focal * seen.y() / seen.z() - to_principal.y();
    return true;
  }
};

}  // namespace ahap

#pragma once

#include <ceres/ceres.h>
#include <ceres/rotation.h>

#include <Eigen/Core>

namespace ahap {

// The residuals of camera_refinement.h, in standard deviations, for ceres::AutoDiffCostFunction. A camera is
// a start rotation (world_from_camera), `turn` (axis-angle in the world, applied after it), its center
// (world, metres) and the logarithm of a factor on K's focal lengths. X: world, metres.

constexpr double kNearest = 0.05;  // metres: nothing is projected from nearer

// camera_from_world * X
template <typename T>
Eigen::Matrix<T, 3, 1> in_camera(const Eigen::Matrix3d& start_rotation, const T* turn, const T* center,
                                 const T* X) {
  const T back[3] = {-turn[0], -turn[1], -turn[2]};
  const T d[3] = {X[0] - center[0], X[1] - center[1], X[2] - center[2]};
  T turned[3];
  ceres::AngleAxisRotatePoint(back, d, turned);
  Eigen::Matrix<T, 3, 1> x =
      start_rotation.transpose().cast<T>() * Eigen::Map<const Eigen::Matrix<T, 3, 1>>(turned);
  if (x.z() < T(kNearest)) x.z() = T(kNearest);
  return x;
}

struct Reprojection {
  Eigen::Matrix3d start_rotation, K;
  Eigen::Vector2d pixel;
  double sigma;  // pixels

  template <typename T>
  bool operator()(const T* turn, const T* center, const T* log_focal, const T* X, const T* offset,
                  T* residual) const {
    const Eigen::Matrix<T, 3, 1> x = in_camera(start_rotation, turn, center, X);
    const T focal = ceres::exp(log_focal[0]);
    residual[0] = (K(0, 0) * focal * x.x() / x.z() + K(0, 2) + offset[0] - pixel.x()) / sigma;
    residual[1] = (K(1, 1) * focal * x.y() / x.z() + K(1, 2) + offset[1] - pixel.y()) / sigma;
    return true;
  }
};

struct DepthPrior {
  Eigen::Matrix3d start_rotation;
  double depth, sigma;
  bool follows_focal;

  template <typename T>
  bool operator()(const T* turn, const T* center, const T* log_focal, const T* X, T* residual) const {
    const Eigen::Matrix<T, 3, 1> x = in_camera(start_rotation, turn, center, X);
    residual[0] = (ceres::log(x.z() / depth) - (follows_focal ? log_focal[0] : T(0))) / sigma;
    return true;
  }
};

// The joint lies where the single view's body has it, up to that body's turn.
struct ShapePrior {
  Eigen::Matrix3d start_rotation;
  Eigen::Vector3d arm;  // from the key point to the joint, camera axes, metres
  double sigma;         // metres

  template <typename T>
  bool operator()(const T* camera_turn, const T* body_turn, const T* keypoint, const T* X,
                  T* residual) const {
    const Eigen::Matrix<T, 3, 1> straight = arm.cast<T>();
    Eigen::Matrix<T, 3, 1> turned;
    ceres::AngleAxisRotatePoint(body_turn, straight.data(), turned.data());
    turned = start_rotation.cast<T>() * turned;
    T world[3];
    ceres::AngleAxisRotatePoint(camera_turn, turned.data(), world);
    for (int k = 0; k < 3; ++k) residual[k] = (X[k] - keypoint[k] - world[k]) / sigma;
    return true;
  }
};

struct GravityPrior {
  Eigen::Vector3d start_up;  // the view's up vector in the world at the start
  double sigma;

  template <typename T>
  bool operator()(const T* turn, T* residual) const {
    const Eigen::Matrix<T, 3, 1> up = start_up.cast<T>();
    T turned[3];
    ceres::AngleAxisRotatePoint(turn, up.data(), turned);
    residual[0] = turned[0] / sigma;
    residual[1] = turned[2] / sigma;
    return true;
  }
};

// The camera is turned against the room as it sees it: by so much, up to quarter turns.
struct RoomPrior {
  Eigen::Vector3d start_forward;  // viewing direction at the start, world
  double yaw;                     // of the level camera against the room, with the quarter turns
  double sigma;

  template <typename T>
  bool operator()(const T* turn, const T* manhattan_yaw, T* residual) const {
    const Eigen::Matrix<T, 3, 1> forward = start_forward.cast<T>();
    T turned[3];
    ceres::AngleAxisRotatePoint(turn, forward.data(), turned);
    // A level camera of this yaw looks along (-sin yaw, -cos yaw).
    const T s = ceres::sin(yaw + manhattan_yaw[0]), c = ceres::cos(yaw + manhattan_yaw[0]);
    residual[0] = ceres::atan2(turned[2] * s - turned[0] * c, -turned[0] * s - turned[2] * c) / sigma;
    return true;
  }
};

// The value is near zero.
template <int Size>
struct ZeroPrior {
  double sigma;

  template <typename T>
  bool operator()(const T* x, T* residual) const {
    for (int k = 0; k < Size; ++k) residual[k] = x[k] / sigma;
    return true;
  }
};

struct NearPrior {
  double sigma;

  template <typename T>
  bool operator()(const T* a, const T* b, T* residual) const {
    for (int k = 0; k < 3; ++k) residual[k] = (a[k] - b[k]) / sigma;
    return true;
  }
};

}  // namespace ahap

#pragma once

#include <ceres/ceres.h>
#include <ceres/rotation.h>

#include <Eigen/Core>
#include <Eigen/Geometry>
#include <memory>
#include <utility>

#include "reconstruction/rotation_vector.h"

namespace ahap {

// Variables, residuals and priors that both bundle adjustments over people share (camera_refinement.h: free
// joints; bundle_adjustment.h: body poses). Residuals are in standard deviations, for
// ceres::AutoDiffCostFunction. X: world, metres.

constexpr double kNearest = 0.05;  // metres: nothing is projected from nearer
constexpr double kCauchy = 1.5;    // standard deviations from which a measurement counts less and less

// What is solved for per view.
struct CameraVariables {
  Eigen::Matrix3d start_rotation = Eigen::Matrix3d::Identity();  // world_from_camera at the start
  Eigen::Vector3d turn = Eigen::Vector3d::Zero();    // axis-angle in the world, applied after start_rotation
  Eigen::Vector3d center = Eigen::Vector3d::Zero();  // world
  double log_focal = 0;                              // logarithm of the factor on K's focal lengths

  Eigen::Isometry3d world_from_camera() const {
    Eigen::Isometry3d pose = Eigen::Isometry3d::Identity();
    pose.linear() = rotation_of(turn) * start_rotation;
    pose.translation() = center;
    return pose;
  }
};

template <typename Functor, int Residuals, int... Sizes>
ceres::CostFunction* cost(Functor functor) {
  return new ceres::AutoDiffCostFunction<Functor, Residuals, Sizes...>(new Functor(std::move(functor)));
}

// In which order the solver eliminates the blocks. It goes by addresses within a group, so that every block
// but those in one array gets a group of its own: the last bits must not depend on where the memory lies.
struct EliminationOrder {
  std::shared_ptr<ceres::ParameterBlockOrdering> blocks = std::make_shared<ceres::ParameterBlockOrdering>();
  int groups = 1;

  void eliminate_first(double* block) { blocks->AddElementToGroup(block, 0); }
  void append(double* block) { blocks->AddElementToGroup(block, groups++); }
};

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

// Of a point x in camera axes; `offset` is added to where it projects.
template <typename T>
void reprojection_error(const Eigen::Matrix3d& K, const T& log_focal, const Eigen::Matrix<T, 3, 1>& x,
                        const T* offset, const Eigen::Vector2d& pixel, T* residual) {
  const T focal = ceres::exp(log_focal);
  residual[0] = K(0, 0) * focal * x.x() / x.z() + K(0, 2) + offset[0] - pixel.x();
  residual[1] = K(1, 1) * focal * x.y() / x.z() + K(1, 2) + offset[1] - pixel.y();
}

struct Reprojection {
  Eigen::Matrix3d start_rotation, K;
  Eigen::Vector2d pixel;
  double sigma;  // pixels

  template <typename T>
  bool operator()(const T* turn, const T* center, const T* log_focal, const T* X, const T* offset,
                  T* residual) const {
    const Eigen::Matrix<T, 3, 1> x = in_camera(start_rotation, turn, center, X);
    reprojection_error(K, log_focal[0], x, offset, pixel, residual);
    residual[0] /= T(sigma);
    residual[1] /= T(sigma);
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

// The camera stays near a place.
struct CenterPrior {
  Eigen::Vector3d start;
  double sigma;

  template <typename T>
  bool operator()(const T* center, T* residual) const {
    for (int k = 0; k < 3; ++k) residual[k] = (center[k] - start[k]) / sigma;
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

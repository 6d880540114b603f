#pragma once

#include <Eigen/Core>
#include <array>

#include "reconstruction/body_fit/body_points.h"
#include "reconstruction/smpl_joints.h"

namespace ahap {

// What of a body model the fit needs, prepared once.
struct FittedBodyModel {
  std::array<ShapedPoint, kSmplJoints> joints;    // rest joints
  std::array<AttachedPoint, kBodyPoints> points;  // of the pose networks
  std::array<double, kBodyPoints> clearance{};    // of heels and toes: metres above the soles at rest
  Eigen::VectorXd vertex_heights;                 // (V), template y
  Eigen::Matrix<double, Eigen::Dynamic, kSmplBetas> vertex_heights_by_betas;  // (V, B)

  double height(const Betas& betas) const;  // metres, of the standing body
};

FittedBodyModel prepare_body(const BodyModel& body);

// A body's unknowns.
struct BodyState {
  Eigen::Vector3d root = Eigen::Vector3d::Zero();      // the pelvis joint, world
  std::array<Eigen::Matrix3d, kSmplJoints> rotations;  // relative to the parent; [0] world_from_body
  Betas betas = Betas::Zero();

  BodyState() { rotations.fill(Eigen::Matrix3d::Identity()); }
};

// A step of the state: the root's shift (3), the betas' (10), then for every joint that moves a rotation
// vector w in its parent's frame (the world for the pelvis): R becomes exp(w) R. The joints of toes and
// fingers do not move.
constexpr int kBetaColumn = 3;
constexpr int kFirstRotationColumn = kBetaColumn + kSmplBetas;
constexpr std::array<int, kSmplJoints> kRotationColumn = [] {
  std::array<int, kSmplJoints> columns{};
  int next = kFirstRotationColumn;
  for (int j = 0; j < kSmplJoints; ++j) {
    const bool fixed = j == 10 || j == 11 || j == 22 || j == 23;
    columns[j] = fixed ? -1 : next;
    next += fixed ? 0 : 3;
  }
  return columns;
}();
constexpr int kStateSize = kFirstRotationColumn + 3 * (kSmplJoints - 4);
using StateStep = Eigen::Matrix<double, kStateSize, 1>;
using PointDerivative = Eigen::Matrix<double, 3, kStateSize>;

BodyState operator+(const BodyState& state, const StateStep& step);

// The body in the world: joints, their frames, the body points, and how the joints move with the betas.
struct PosedBody {
  std::array<Eigen::Matrix3d, kSmplJoints> world_from_joint;
  std::array<Eigen::Vector3d, kSmplJoints> joints;
  std::array<Eigen::Matrix<double, 3, kSmplBetas>, kSmplJoints> joints_by_betas;
  std::array<Eigen::Vector3d, kBodyPoints> points;
};

PosedBody pose_body(const FittedBodyModel& model, const BodyState& state);

// d point / d step.
PointDerivative point_derivative(const FittedBodyModel& model, const PosedBody& posed, int point);

}  // namespace ahap

#pragma once

#include <Eigen/Core>
#include <array>

#include "reconstruction/body/body_model.h"
#include "reconstruction/observations.h"
#include "reconstruction/smpl_joints.h"

namespace ahap {

using Betas = Eigen::Matrix<double, kSmplBetas, 1>;

// A point of the unposed body, metres, template frame (Y up, facing +Z, left at +X), that moves with the
// shape.
struct ShapedPoint {
  Eigen::Vector3d rest = Eigen::Vector3d::Zero();
  Eigen::Matrix<double, 3, kSmplBetas> by_betas = Eigen::Matrix<double, 3, kSmplBetas>::Zero();

  Eigen::Vector3d at(const Betas& betas) const { return rest + by_betas * betas; }
};

// A point that is rigid in the frame of a joint.
struct AttachedPoint {
  int joint = 0;
  ShapedPoint position;
};

// SMPL's 24 joints of a body: the regressor applied to the template and to the shape directions.
std::array<ShapedPoint, kSmplJoints> shaped_joints(const BodyModel& body);

// Where pose networks locate their body points on a body in SMPL's format, found in its template by rays, not
// by vertex numbers, so that any body model has them:
//   shoulders, elbows, wrists, knees, ankles   SMPL's joints; knees lie slightly lower
//   hips      level with SMPL's hip joints, outside them: at a share of the half width of the body there,
//   rigid to the pelvis nose, eyes, mouth   on the front of the head, at shares of the height from chin to
//   crown ears      on the sides of the head, half way between its front and back at that height heels, toes
//   between the ankle joint and the hindmost and foremost surface of the foot, rigid to the foot index, pinky
//   the outer knuckles, level with SMPL's hand joints, rigid to the hand (frame of the wrist joint)
// Throws std::invalid_argument for a body whose surface is not where such a body has it.
std::array<AttachedPoint, kBodyPoints> body_points(const BodyModel& body);

}  // namespace ahap

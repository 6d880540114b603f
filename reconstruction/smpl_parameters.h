#pragma once

#include <Eigen/Core>
#include <array>

#include "reconstruction/smpl_joints.h"

namespace ahap {

// SMPL parameters, world frame. Vertices = SMPL(betas, [global_orient, body_pose]) + transl.
struct SmplParameters {
  std::array<float, kSmplBetas> betas{};
  std::array<Eigen::Vector3f, kSmplJoints> pose{};  // axis-angle, radians; pose[0] is the global orientation
  Eigen::Vector3f transl{0, 0, 0};                  // metres
  SmplParameters() { pose.fill(Eigen::Vector3f::Zero()); }
};

}  // namespace ahap

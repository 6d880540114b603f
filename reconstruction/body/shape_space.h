#pragma once

#include <Eigen/Core>
#include <array>

#include "reconstruction/smpl_joints.h"

namespace ahap {

// The procedural body's joints at rest, in metres (template frame: see body_surface.h).
const std::array<Eigen::Vector3d, kSmplJoints>& rest_joints();

// The shape space: ten smooth displacement fields of space, mirrored in x, metres per standard deviation.
// Vertices move by them and so do joints, so any mesh of the body has the same skeleton.
//   0 height, 1 build, 2 leg length against torso length, 3 arm length, 4 shoulder width,
//   5 hip width, 6 belly, 7 chest depth, 8 head size, 9 limb thickness
Eigen::Vector3d shape_displacement(int beta, const Eigen::Vector3d& p);

}  // namespace ahap

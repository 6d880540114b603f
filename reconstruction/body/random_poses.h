#pragma once

#include <Eigen/Core>
#include <array>
#include <cstdint>

#include "reconstruction/smpl_joints.h"

namespace ahap {

enum class Activity : std::uint8_t { stand, walk, sit, crouch, kneel, bend, reach };

// Rest joints of one person (with betas), metres, Y up, facing +Z, T-pose.
using Skeleton = std::array<Eigen::Vector3f, kSmplJoints>;

struct BodyPose {
  std::array<Eigen::Matrix3f, kSmplJoints>
      rotations;                  // relative to the parent; [0] is the pelvis of a body facing +Z
  Eigen::Vector3f work{0, 0, 0};  // where the hands are busy, relative to the pelvis
  bool works = false;             // whether `work` means something
};

// The pose of a person `seconds` after the picture's moment; the style (arms, stance, gaze) depends on the
// seed only. Feet and hands are placed by two-bone inverse kinematics, so that they rest where they should
// for any proportions. difficulty scales the random deviation of all joints.
BodyPose make_pose(Activity activity, const Skeleton& rest, std::uint64_t seed, double seconds,
                   float difficulty);

}  // namespace ahap

#pragma once

#include <array>

#include "reconstruction/smpl_joints.h"

namespace ahap {

// Standard deviation of each 2D joint that one view estimates, metres at the body's depth, per axis, as the
// compact model sees them.
constexpr std::array<double, kSmplJoints> kJoints2dSigma = {
    0.039, 0.056, 0.056, 0.037, 0.092, 0.092, 0.034, 0.103, 0.103, 0.032, 0.117, 0.117,
    0.033, 0.048, 0.048, 0.035, 0.083, 0.083, 0.130, 0.130, 0.156, 0.156, 0.174, 0.174};

}  // namespace ahap

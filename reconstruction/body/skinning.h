#pragma once

#include <Eigen/Core>

#include "reconstruction/smpl_joints.h"

namespace ahap {

// How the procedural body bends, as functions of a rest position, so that any mesh of it bends alike.

using SkinningWeights = Eigen::Matrix<double, 1, kSmplJoints>;

// Sum to one, at most four above zero.
SkinningWeights skinning_weights(const Eigen::Vector3d& p);

// Rows of the pose blend shapes: the displacement of p, before skinning, per entry of R_j - I of joints 1
// to 23. Linear blend skinning loses volume where joints bend or twist; dual quaternion blending (Kavan et
// al. 2008) does not. This is the linear function of the pose that brings the first closest to the second,
// each joint by itself.
Eigen::Matrix<double, 3, 9 * (kSmplJoints - 1)> pose_correctives(const Eigen::Vector3d& p,
                                                                 const SkinningWeights& weights);

}  // namespace ahap

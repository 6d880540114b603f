#pragma once

#include <Eigen/Core>
#include <array>
#include <vector>

#include "reconstruction/rotation_vector.h"
#include "reconstruction/smpl_joints.h"

namespace ahap {

// What poses are likely where observations leave them open: Gaussians of rotation vectors (radians, of joints
// relative to their parents, SMPL's rest frame), one per group of joints that move together, learned from the
// program's own rendered people (body/random_poses.h). They know standing, walking, sitting, reaching,
// bending, crouching and kneeling; they are no prior from motion capture such as AMASS, and they are widened
// accordingly.
struct PosePriorGroup {
  std::vector<int> joints;
  Eigen::VectorXd mean;       // (3 per joint)
  Eigen::MatrixXd whitening;  // (3n, 3n): whitening * (rotation vectors - mean) is standard normal
};
const std::vector<PosePriorGroup>& pose_prior();

// The prior's mean as a whole pose; zero for the joints that it does not know (feet, hands, pelvis).
const std::array<Eigen::Vector3d, kSmplJoints>& mean_pose();

// How far joints go: ranges of each component of the rotation vector, radians. Infinite where nothing is
// known.
struct JointLimits {
  Eigen::Vector3d low, high;
};
const std::array<JointLimits, kSmplJoints>& joint_limits();

// d log(exp(w) R) / dw at w = 0, given v = log(R): the inverse of the left Jacobian of SO(3).
Eigen::Matrix3d rotation_vector_derivative(const Eigen::Vector3d& v);

}  // namespace ahap

#include "reconstruction/body_layer/smplx_to_smpl.h"

#include "reconstruction/smpl_joints.h"

namespace ahap {

torch::Tensor smpl_joints(const torch::Tensor& joints) {
  if (joints.size(-2) == kSmplJoints) return joints;
  TORCH_CHECK(joints.size(-2) == kSmplxJoints, "a body has 24 or 55 joints, not ", joints.size(-2));
  constexpr int kLeftMiddle = 28, kRightMiddle = 43;
  return torch::cat({joints.slice(-2, 0, kSharedJoints), joints.slice(-2, kLeftMiddle, kLeftMiddle + 1),
                     joints.slice(-2, kRightMiddle, kRightMiddle + 1)},
                    -2);
}

torch::Tensor smpl_rotations(const torch::Tensor& rotations) {
  if (rotations.size(-3) == kSmplJoints) return rotations;
  auto shape = rotations.sizes().vec();
  shape[shape.size() - 3] = kSmplJoints - kSharedJoints;
  const auto hands = torch::eye(3, rotations.options()).expand(shape);
  return torch::cat({rotations.slice(-3, 0, kSharedJoints), hands}, -3);
}

}  // namespace ahap

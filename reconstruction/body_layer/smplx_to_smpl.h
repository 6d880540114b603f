#pragma once

#include <torch/torch.h>

namespace ahap {

// SMPL's 24 joints (..., 24, 3) of a body with SMPL's 24 or SMPL-X's 55 (..., J, 3). The hands' joints of
// SMPL are the first ones of SMPL-X's middle fingers.
torch::Tensor smpl_joints(const torch::Tensor& joints);

// SMPL's 24 rotations (..., 24, 3, 3) of such a body (..., J, 3, 3); the hands straight where the body is
// SMPL-X's.
torch::Tensor smpl_rotations(const torch::Tensor& rotations);

}  // namespace ahap

#pragma once

#include <torch/torch.h>

#include <string>
#include <utility>
#include <vector>

#include "reconstruction/body/body_model.h"

namespace ahap {

struct SmplOutput {
  torch::Tensor vertices;  // (N, V, 3)
  torch::Tensor joints;    // (N, J, 3)
};

// The differentiable, batched body layer (Loper et al. 2015, eqs. 2-10): shape and pose blends, joint
// regression, forward kinematics, linear blend skinning.
class Smpl {
 public:
  explicit Smpl(const BodyModel& body, torch::Device device = torch::kCPU);

  // betas (N, B), rotations (N, J, 3, 3) relative to the parent (the first one global), transl (N, 3).
  SmplOutput operator()(const torch::Tensor& betas, const torch::Tensor& rotations,
                        const torch::Tensor& transl) const;

  // Joints only, without touching the vertices: (N, J, 3).
  torch::Tensor joints(const torch::Tensor& betas, const torch::Tensor& rotations,
                       const torch::Tensor& transl) const;

  int num_joints() const { return int(parents_.size()); }
  const std::string& gender() const { return gender_; }  // BodyModel::gender
  const torch::Tensor& faces() const { return faces_; }  // (F, 3) int64

 private:
  // Forward kinematics: world_from_joint rotations (N, J, 3, 3) and joint positions (N, J, 3).
  std::pair<torch::Tensor, torch::Tensor> pose_joints(const torch::Tensor& J,
                                                      const torch::Tensor& rotations) const;
  torch::Tensor rest_joints(const torch::Tensor& betas) const;  // (N, J, 3)

  torch::Tensor v_template_, shapedirs_, posedirs_, J_template_, J_shapedirs_, weights_, faces_;
  std::string gender_;
  std::vector<int> parents_;
  torch::Tensor parent_index_;                // (J), the root its own parent
  std::vector<torch::Tensor> level_joints_;   // joints at equal depth of the tree
  std::vector<torch::Tensor> level_parents_;  // where their parents lie in the level above
  torch::Tensor joint_order_;                 // from levels back to joint numbers
};

}  // namespace ahap

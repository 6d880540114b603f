#include "reconstruction/body_layer/smpl.h"

#include <stdexcept>

namespace ahap {
namespace {

template <typename Matrix>
torch::Tensor to_tensor(const Matrix& m, torch::Dtype dtype) {
  static_assert(Matrix::IsRowMajor);
  return torch::from_blob(const_cast<typename Matrix::Scalar*>(m.data()), {m.rows(), m.cols()}, dtype)
      .clone();
}

torch::Tensor to_index(const std::vector<std::int64_t>& values, torch::Device device) {
  return torch::tensor(values, torch::kLong).to(device);
}

// R (..., 3, 3) applied to v (..., 3). Sums of products are several times faster on the CPU than batched 3 x
// 3 products.
torch::Tensor rotate(const torch::Tensor& R, const torch::Tensor& v) {
  return (R * v.unsqueeze(-2)).sum(-1);
}

}  // namespace

Smpl::Smpl(const BodyModel& body, torch::Device device) : gender_(body.gender), parents_(body.parents) {
  const std::int64_t V = body.num_vertices(), J = body.num_joints(), B = body.num_betas();
  if (J < 1 || parents_[0] != -1)
    throw std::runtime_error("Body model " + body.name + ": joint 0 must be the root.");
  for (std::int64_t j = 1; j < J; ++j)
    if (parents_[j] < 0 || parents_[j] >= j)
      throw std::runtime_error("Body model " + body.name + ": parents must come before their children.");

  const torch::Tensor regressor = to_tensor(body.J_regressor, torch::kFloat).to(torch::kDouble);  // (J, V)
  const torch::Tensor v_template = to_tensor(body.v_template, torch::kFloat);                     // (V, 3)
  const torch::Tensor shapedirs = to_tensor(body.shapedirs, torch::kFloat);                       // (3V, B)

  v_template_ = v_template.to(device);
  shapedirs_ = shapedirs.t().contiguous().to(device);                               // (B, 3V)
  posedirs_ = to_tensor(body.posedirs, torch::kFloat).t().contiguous().to(device);  // (P, 3V)
  weights_ = to_tensor(body.weights, torch::kFloat).to(device);                     // (V, J)
  faces_ = to_tensor(body.faces, torch::kInt).to(torch::kLong).to(device);          // (F, 3)
  // The regressor is linear in the vertices, so joints follow the betas without them.
  J_template_ = regressor.matmul(v_template.to(torch::kDouble)).to(torch::kFloat).to(device);  // (J, 3)
  J_shapedirs_ = regressor.matmul(shapedirs.to(torch::kDouble).reshape({V, 3 * B}))
                     .to(torch::kFloat)
                     .reshape({J * 3, B})
                     .t()
                     .contiguous()
                     .to(device);  // (B, 3J)

  std::vector<std::vector<std::int64_t>> levels, above;
  std::vector<std::int64_t> depth(J), place(J), order(J), parent_index(J);
  for (std::int64_t j = 0; j < J; ++j) {
    depth[j] = j == 0 ? 0 : depth[parents_[j]] + 1;
    if (depth[j] == std::int64_t(levels.size())) levels.emplace_back(), above.emplace_back();
    place[j] = levels[depth[j]].size();
    parent_index[j] = j == 0 ? 0 : parents_[j];
    levels[depth[j]].push_back(j);
    above[depth[j]].push_back(place[parent_index[j]]);
  }
  std::int64_t start = 0;
  for (const auto& level : levels) {
    for (std::int64_t j : level) order[j] = start + place[j];
    start += level.size();
  }
  for (const auto& level : levels) level_joints_.push_back(to_index(level, device));
  for (const auto& level : above) level_parents_.push_back(to_index(level, device));
  joint_order_ = to_index(order, device);
  parent_index_ = to_index(parent_index, device);
}

torch::Tensor Smpl::rest_joints(const torch::Tensor& betas) const {
  return J_template_ + betas.matmul(J_shapedirs_).reshape({betas.size(0), num_joints(), 3});
}

std::pair<torch::Tensor, torch::Tensor> Smpl::pose_joints(const torch::Tensor& J,
                                                          const torch::Tensor& rotations) const {
  const torch::Tensor bones = J - J.index_select(1, parent_index_);  // (N, J, 3)
  torch::Tensor R = rotations.narrow(1, 0, 1), p = J.narrow(1, 0, 1);
  std::vector<torch::Tensor> world_rotations = {R}, positions = {p};
  for (std::size_t level = 1; level < level_joints_.size(); ++level) {
    const torch::Tensor R_parent = R.index_select(1, level_parents_[level]);
    p = p.index_select(1, level_parents_[level]) +
        rotate(R_parent, bones.index_select(1, level_joints_[level]));
    R = R_parent.matmul(rotations.index_select(1, level_joints_[level]));
    world_rotations.push_back(R);
    positions.push_back(p);
  }
  return {torch::cat(world_rotations, 1).index_select(1, joint_order_),
          torch::cat(positions, 1).index_select(1, joint_order_)};
}

torch::Tensor Smpl::joints(const torch::Tensor& betas, const torch::Tensor& rotations,
                           const torch::Tensor& transl) const {
  return pose_joints(rest_joints(betas), rotations).second + transl.unsqueeze(1);
}

SmplOutput Smpl::operator()(const torch::Tensor& betas, const torch::Tensor& rotations,
                            const torch::Tensor& transl) const {
  const std::int64_t N = betas.size(0), V = v_template_.size(0), J = num_joints();
  const torch::Tensor identity = torch::eye(3, rotations.options());
  const torch::Tensor pose_feature = (rotations.narrow(1, 1, J - 1) - identity).reshape({N, 9 * (J - 1)});
  const torch::Tensor offsets = betas.matmul(shapedirs_) + pose_feature.matmul(posedirs_);  // (N, 3V)
  const torch::Tensor v_posed = v_template_ + offsets.reshape({N, V, 3});

  const torch::Tensor rest = rest_joints(betas);
  const auto [R, p] = pose_joints(rest, rotations);
  const torch::Tensor t = p - rotate(R, rest);  // (N, J, 3)
  const torch::Tensor G =
      torch::cat({R, t.unsqueeze(-1)}, -1).reshape({N, J, 12});      // posed_from_rest per joint
  const torch::Tensor T = weights_.matmul(G).reshape({N, V, 3, 4});  // blended per vertex
  const torch::Tensor vertices = rotate(T.narrow(-1, 0, 3), v_posed) + T.select(-1, 3);
  return {vertices + transl.unsqueeze(1), p + transl.unsqueeze(1)};
}

}  // namespace ahap

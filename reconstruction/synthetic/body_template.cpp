#include "reconstruction/synthetic/body_template.h"

#include "reconstruction/body/body_mesh.h"
#include "reconstruction/body_layer/smpl.h"

namespace ahap {

BodyTemplate::BodyTemplate(BodyDetail detail) : BodyTemplate(procedural_body(detail)) {}

BodyTemplate::BodyTemplate(const BodyModel& model) : smpl_(std::make_unique<const Smpl>(model)) {
  const int V = model.num_vertices();
  triangles = triangles_of(model);
  const Eigen::MatrixXf J = model.J_regressor * model.v_template;  // (J, 3)
  for (int j = 0; j < kSmplJoints; ++j) {
    joints[j] = J.row(j).transpose();
    for (int axis = 0; axis < 3; ++axis)
      for (int b = 0; b < kSmplBetas; ++b) {
        float sum = 0;
        for (int v = 0; v < V; ++v) sum += model.J_regressor(j, v) * model.shapedirs(3 * v + axis, b);
        joint_shapedirs_(3 * j + axis, b) = sum;
      }
  }

  constexpr int head = 15;
  Eigen::Vector3f low = Eigen::Vector3f::Constant(1e9f), high = -low;
  for (int v = 0; v < V; ++v) {
    canonical.push_back(model.v_template.row(v).transpose());
    int joint = 0;
    model.weights.row(v).maxCoeff(&joint);
    main_joint.push_back(joint);
    sole = std::min(sole, canonical.back().y());
    if (joint != head) continue;
    low = low.cwiseMin(canonical.back());
    high = high.cwiseMax(canonical.back());
  }
  head_center = 0.5f * (low + high);
  head_half_size = 0.5f * (high - low);
  normals = vertex_normals(canonical, triangles);
}

BodyTemplate::~BodyTemplate() = default;

std::vector<PosedMesh> BodyTemplate::pose(
    const std::vector<std::array<float, kSmplBetas>>& betas,
    const std::vector<std::array<Eigen::Matrix3f, kSmplJoints>>& rotations) const {
  using RowMajor = Eigen::Matrix<float, 3, 3, Eigen::RowMajor>;
  const torch::NoGradGuard no_grad;
  const std::int64_t N = betas.size(), J = kSmplJoints;
  const torch::Tensor B = torch::empty({N, kSmplBetas}), R = torch::empty({N, J, 3, 3});
  for (std::int64_t n = 0; n < N; ++n) {
    std::copy(betas[n].begin(), betas[n].end(), B.data_ptr<float>() + n * kSmplBetas);
    for (int j = 0; j < J; ++j) Eigen::Map<RowMajor>(R.data_ptr<float>() + (n * J + j) * 9) = rotations[n][j];
  }
  const SmplOutput out = (*smpl_)(B, R, torch::zeros({N, 3}));
  const auto points = [](const torch::Tensor& all, std::int64_t n) {
    const torch::Tensor one = all[n].contiguous();
    const auto* first = reinterpret_cast<const Eigen::Vector3f*>(one.data_ptr<float>());
    return std::vector<Eigen::Vector3f>(first, first + one.size(0));
  };
  std::vector<PosedMesh> posed;
  for (std::int64_t n = 0; n < N; ++n) posed.push_back({points(out.vertices, n), points(out.joints, n)});
  return posed;
}

Skeleton BodyTemplate::rest_joints(const std::array<float, kSmplBetas>& betas) const {
  const Eigen::Matrix<float, 3 * kSmplJoints, 1> offset =
      joint_shapedirs_ * Eigen::Map<const Eigen::Matrix<float, kSmplBetas, 1>>(betas.data());
  Skeleton rest = joints;
  for (int j = 0; j < kSmplJoints; ++j) rest[j] += offset.segment<3>(3 * j);
  return rest;
}

const BodyTemplate& body_template(BodyDetail detail) {
  if (detail == BodyDetail::full) {
    static const BodyTemplate full(BodyDetail::full);
    return full;
  }
  static const BodyTemplate low(BodyDetail::low);
  return low;
}

}  // namespace ahap

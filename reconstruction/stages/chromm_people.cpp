#include "reconstruction/stages/chromm_people.h"

#include <algorithm>

#include "reconstruction/body_layer/smplx_to_smpl.h"
#include "reconstruction/branches/multi_hmr/multi_hmr_branch.h"
#include "reconstruction/chromm/head_position.h"
#include "reconstruction/networks/eigen_conversion.h"
#include "reconstruction/networks/rotations.h"
#include "reconstruction/rotation_vector.h"
#include "reconstruction/stages/human3r_people.h"
#include "reconstruction/stages/result.h"

namespace ahap {
namespace {

constexpr int kHeadJointNumber = 15;
constexpr double kUsualHeadDepth = 0.1;  // metres between face and head joint, to place a body to look at

// The vertices of one person's body about its head, camera axes, metres.
std::vector<Eigen::Vector3d> vertices_about_head(const ChrommPeople& found, std::int64_t i,
                                                 const ChrommModel& model) {
  const auto whole = smplx_rotations(found.rotations.slice(0, i, i + 1));
  const auto origin = torch::zeros({1, 3});
  const auto posed =
      model.smplx ? (*model.smplx)(
                        torch::cat({found.betas.slice(0, i, i + 1), torch::zeros({1, kSmplxExpressions})}, 1),
                        whole, origin)
                  : (*model.body)(torch::zeros({1, kSmplBetas}), smpl_rotations(whole), origin);
  return points3(posed.vertices[0] - smpl_joints(posed.joints)[0][kHeadJointNumber]);
}

double depth_behind_own_surface(std::vector<Eigen::Vector3d> vertices, const std::vector<Triangle>& triangles,
                                const Eigen::Vector3d& face) {
  const Eigen::Vector3d head = face * (1 + kUsualHeadDepth / face.z());
  for (Eigen::Vector3d& vertex : vertices) vertex += head;
  return depth_behind_surface(vertices, triangles, head);
}

BodyParameters parameters(const ChrommPeople& found, std::int64_t i) {
  BodyParameters body;
  body.shape = doubles(found.betas[i]);
  body.pose = points3(axis_angle_from_matrix(smplx_rotations(found.rotations.slice(0, i, i + 1)))[0]);
  return body;
}

}  // namespace

std::vector<PersonInView> people_in_pictures(const ChrommPeople& found, const SceneEstimate& scene,
                                             const std::vector<SquarePlacement>& placements,
                                             const ChrommModel& model) {
  std::vector<PersonInView> people;
  const std::int64_t N = found.view.size(0), side = scene.depth.size(2);
  if (N == 0) return people;
  const auto layer = model.smplx ? model.smplx : model.body;
  const auto joints = joints_about_head(*layer, found.rotations, found.betas);
  const std::vector<Triangle> triangles = triangles_of(*layer);
  const auto head = points2(found.head), pelvis = points2(found.pelvis);
  const auto score = doubles(found.score);
  const auto depths = scene.depth.contiguous();
  for (std::int64_t i = 0; i < N; ++i) {
    PersonInView& person = people.emplace_back();
    person.view = int(found.view[i].item<std::int64_t>());
    const SquarePlacement& placement = placements[std::size_t(person.view)];
    person.score = score[std::size_t(i)];
    person.head = placement.to_original(head[std::size_t(i)]);
    person.pelvis = placement.to_original(pelvis[std::size_t(i)]);
    const auto token = found.token[i].contiguous();
    person.token = Eigen::Map<const Eigen::RowVectorXf>(token.data_ptr<float>(), token.numel());
    person.body = parameters(found, i);
    person.joints = points3(joints[i]);
    const float* map = depths[person.view].data_ptr<float>();
    const auto surface =
        surface_depth({int(side), int(side), {map, std::size_t(side * side)}}, head[std::size_t(i)]);
    if (!surface) continue;
    const Eigen::Matrix3d K = matrix3(scene.K[person.view]);
    const double behind = found.residual_depth.defined()
                              ? found.residual_depth[i].item<double>()
                              : depth_behind_own_surface(vertices_about_head(found, i, model), triangles,
                                                         point_at_depth(K, head[std::size_t(i)], *surface));
    person.depth = std::max(0.0, *surface + behind);
  }
  return people;
}

Person fused_person(const std::vector<FusedBody>& bodies, const ChrommModel& model) {
  Person person;
  person.gender = (model.smplx ? model.smplx : model.body)->gender();
  person.height = mean_height(*model.body);
  for (const FusedBody& fused : bodies) {
    BodyInFrame& body = person.bodies.emplace_back();
    body.frame = fused.instant;
    body.triangulated = fused.state.triangulated;
    body.detections = fused.seen;
    auto angles = torch::zeros({1, kSmplJoints, 3});
    for (int j = 0; j < kSharedJoints; ++j) {
      body.pose[std::size_t(j)] = fused.state.body.pose[std::size_t(j)].cast<float>();
      std::copy_n(body.pose[std::size_t(j)].data(), 3, angles[0][j].data_ptr<float>());
    }
    const auto at_origin = points3(model.body->joints(
        torch::zeros({1, kSmplBetas}), matrix_from_axis_angle(angles), torch::zeros({1, 3}))[0]);
    const Eigen::Vector3d transl = fused.state.head - at_origin[kHeadJointNumber];
    for (const Eigen::Vector3d& joint : at_origin) body.joints.push_back((joint + transl).cast<float>());
    body.transl = transl.cast<float>();
    if (!model.smplx) continue;
    SmplxPose& smplx = body.smplx.emplace();
    for (std::size_t j = 0; j < smplx.pose.size(); ++j)
      smplx.pose[j] = fused.state.body.pose[j].cast<float>();
  }
  return person;
}

std::array<float, kSmplBetas> mean_betas(const std::vector<FusedBody>& bodies) {
  std::array<float, kSmplBetas> mean{};
  for (const FusedBody& body : bodies)
    for (std::size_t b = 0; b < mean.size(); ++b)
      mean[b] += float(body.state.body.shape[b] / double(bodies.size()));
  return mean;
}

}  // namespace ahap

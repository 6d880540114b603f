#include "reconstruction/stages/branch_observations.h"

#include "reconstruction/body_layer/smplx_to_smpl.h"
#include "reconstruction/networks/eigen_conversion.h"
#include "reconstruction/networks/rotations.h"

namespace ahap {
namespace {

std::vector<float> floats(const torch::Tensor& t) {
  const auto v = t.to(torch::kFloat).cpu().contiguous();
  return {v.data_ptr<float>(), v.data_ptr<float>() + v.numel()};
}

SeenView seen_view(const SceneEstimate& scene, int v) {
  SeenView view;
  view.K = matrix3(scene.K[v]);
  view.focal_known = !scene.focal_known.empty() && scene.focal_known[v];
  if (scene.up.defined()) view.up = vector3(scene.up[v]).normalized();
  if (scene.world_from_camera.defined()) {
    const auto rows = scene.world_from_camera[v].slice(0, 0, 3);
    view.world_from_camera.emplace(Eigen::Isometry3d::Identity());
    view.world_from_camera->linear() = matrix3(rows.slice(1, 0, 3));
    view.world_from_camera->translation() = vector3(rows.select(1, 3));
  }
  view.depth = floats(scene.depth[v]);
  view.confidence = floats(scene.depth_conf[v]);
  return view;
}

// The bodies that the branch gives, of all detections at once.
void add_bodies(const HumanEstimate& human, const Smpl& body, std::vector<SeenPerson>& people) {
  if (people.empty() || !human.pose6d.defined()) return;
  const auto rotations = matrix_from_6d(human.pose6d).cpu();
  const auto betas = human.betas.cpu();
  const auto zero = torch::zeros({betas.size(0), 3});
  const auto joints = smpl_joints(body.joints(betas, rotations, zero));
  const auto poses = axis_angle_from_matrix(rotations);
  for (std::size_t n = 0; n < people.size(); ++n) {
    const auto row = std::int64_t(n);
    people[n].body = BodyParameters{.shape = doubles(betas[row]), .pose = points3(poses[row])};
    people[n].joints = points3(joints[row] - joints[row][0]);
  }
}

std::vector<SeenPerson> seen_people(const HumanEstimate& human, const Smpl& body) {
  const auto view = integers(human.view);
  const auto score = doubles(human.score);
  const auto keypoint = points2(human.keypoint);
  std::vector<SeenPerson> people(view.size());
  for (std::size_t n = 0; n < people.size(); ++n) {
    SeenPerson& person = people[n];
    const auto row = std::int64_t(n);
    person.row = int(n);
    person.view = view[n];
    person.score = score[n];
    person.keypoint = keypoint[n];
    const auto box = doubles(human.box[row]);
    std::copy_n(box.begin(), 4, person.box.begin());
    if (human.keypoint_sigma.defined()) person.keypoint_sigma = human.keypoint_sigma[row].item<double>();
    if (human.keypoint_depth.defined()) person.depth = human.keypoint_depth[row].item<double>();
    if (human.keypoint_depth_sigma.defined())
      person.depth_sigma = human.keypoint_depth_sigma[row].item<double>();
    if (human.joints2d.defined()) person.joints2d = points2(human.joints2d[row]);
    if (human.joints2d_sigma.defined()) person.joints2d_sigma = doubles(human.joints2d_sigma[row]);
    if (human.heading.defined()) person.heading = doubles(human.heading[row]);
  }
  add_bodies(human, body, people);
  return people;
}

}  // namespace

BranchObservations observe(const SceneEstimate& scene, const HumanEstimate& human, const Smpl& body,
                           int keypoint_joint, double sure_score) {
  BranchObservations seen;
  seen.size = int(scene.depth.size(2));
  seen.keypoint_joint = keypoint_joint;
  seen.metric_depth = scene.metric;
  for (int v = 0; v < int(scene.K.size(0)); ++v) seen.views.push_back(seen_view(scene, v));
  for (SeenPerson& person : seen_people(human, body))
    (person.score >= sure_score ? seen.people : seen.weak).push_back(std::move(person));
  return seen;
}

void use_intrinsics(BranchObservations& seen, const std::vector<Eigen::Matrix3d>& K) {
  std::vector<double> factor;
  for (std::size_t v = 0; v < K.size(); ++v) {
    SeenView& view = seen.views[v];
    factor.push_back(K[v](0, 0) / view.K(0, 0));
    view.K = K[v];
    if (!seen.metric_depth) continue;
    for (float& z : view.depth) z *= float(factor[v]);
  }
  for (auto* people : {&seen.people, &seen.weak}) {
    for (SeenPerson& person : *people) person.depth *= factor[person.view];
  }
}

Box original_box(const SeenPerson& person, const SquarePlacement& placement) {
  const Eigen::Vector2d low = placement.to_original({person.box[0], person.box[1]}),
                        high = placement.to_original({person.box[2], person.box[3]});
  return {low.x(), low.y(), high.x(), high.y()};
}

torch::Tensor rows_of(const std::vector<SeenPerson>& people) {
  std::vector<std::int64_t> rows;
  for (const SeenPerson& person : people) rows.push_back(person.row);
  return torch::tensor(rows, torch::kLong);
}

}  // namespace ahap

#include "reconstruction/stages/bodies.h"

#include <algorithm>
#include <cmath>

#include "reconstruction/body_layer/smplx_to_smpl.h"
#include "reconstruction/geometry/triangulation.h"
#include "reconstruction/multiview/geometric_association.h"
#include "reconstruction/multiview/human_scene.h"
#include "reconstruction/networks/eigen_conversion.h"
#include "reconstruction/networks/rotations.h"

namespace ahap {
namespace {

constexpr double kSameTurn = 0.7;        // radians between orientations of one body that agree
constexpr double kMinJointError = 0.01;  // metres: no view's pose is trusted as if it erred less

DepthMap depth_map(const torch::Tensor& depth) {  // (H, W) float, contiguous, alive as long as the map
  return {int(depth.size(1)), int(depth.size(0)), {depth.data_ptr<float>(), std::size_t(depth.numel())}};
}

// For each detection, how many others of its person turn the body about the same way in the world.
std::vector<int> agreeing_views(const HumanEstimate& human, const std::vector<int>& person,
                                const CameraEstimates& cameras) {
  const int N = int(person.size());
  std::vector<int> agreeing(N, 0);
  if (!human.pose6d.defined()) return agreeing;
  const auto view = integers(human.view);
  const auto keypoint = points2(human.keypoint);
  const auto roots = matrix_from_6d(human.pose6d.select(1, 0));
  std::vector<Eigen::Matrix3d> root(N);
  for (int n = 0; n < N; ++n) {
    const Camera& camera = cameras.cameras[view[n]];
    root[n] = world_from_ray(camera, keypoint[n]) * matrix3(roots[n]);
  }
  for (int n = 0; n < N; ++n) {
    for (int m = 0; m < N; ++m) {
      if (n == m || person[n] < 0 || person[n] != person[m] || !cameras.estimated[view[n]] ||
          !cameras.estimated[view[m]])
        continue;
      agreeing[n] += Eigen::AngleAxisd(root[n] * root[m].transpose()).angle() < kSameTurn;
    }
  }
  return agreeing;
}

// Mean error of each detection's 2D joints that the human branch expects, metres at its depth; 0 where it
// does not know.
std::vector<double> expected_joint_error(const HumanEstimate& human, const CameraEstimates& cameras) {
  const int N = int(human.view.size(0));
  if (!human.joints2d_sigma.defined() || !human.keypoint_depth.defined()) return std::vector<double>(N, 0);
  const auto view = integers(human.view);
  const auto depth = doubles(human.keypoint_depth);
  std::vector<double> error = doubles(human.joints2d_sigma.mean(1));
  for (int n = 0; n < N; ++n) error[n] *= depth[n] / cameras.cameras[view[n]].K(0, 0);
  return error;
}

}  // namespace

Bodies decode_people(const SceneEstimate& scene, const HumanEstimate& human, const Identities& identities,
                     const CameraEstimates& cameras, AhapHeads& heads, int S, bool every_view) {
  const auto& person = identities.person_of_detection;
  const int P = int(identities.A.size(0)), N = int(person.size()), V = int(cameras.cameras.size());
  const auto view = integers(human.view);
  const auto score = doubles(human.score);
  const auto keypoint = points2(human.keypoint);
  Bodies bodies;
  if (P == 0) return bodies;

  std::vector<int> count(V, 0);
  for (int n = 0; n < N; ++n) count[view[n]] += person[n] >= 0;
  const int busiest = int(std::max_element(count.begin(), count.end()) - count.begin());
  const std::vector<int> agreeing = agreeing_views(human, person, cameras);
  const std::vector<double> error = expected_joint_error(human, cameras);
  const auto preference = [&](int n) {
    return std::make_tuple(bool(cameras.estimated[view[n]]),
                           cameras.used[n] && !cameras.left_right_swapped[n], agreeing[n], -error[n],
                           view[n] == busiest, score[n]);
  };
  bodies.reference.assign(P, -1);
  for (int n = 0; n < N; ++n) {
    if (person[n] < 0) continue;
    int& reference = bodies.reference[person[n]];
    if (reference < 0 || preference(n) > preference(reference)) reference = n;
  }

  // Each person's reference first, then the other views that may have a say.
  std::vector<int> decoded = bodies.reference;
  for (int n = 0; n < N; ++n) {
    const bool trusted =
        every_view && cameras.estimated[view[n]] && cameras.used[n] && !cameras.left_right_swapped[n];
    if (trusted && person[n] >= 0 && n != bodies.reference[person[n]]) decoded.push_back(n);
  }
  const std::vector<int64_t> rows(decoded.begin(), decoded.end());
  std::vector<int64_t> people;
  for (const int n : decoded) people.push_back(person[n]);
  const auto features = identities.person_features.index_select(
      0, torch::tensor(people, torch::kLong).to(identities.person_features.device()));
  const HeadOutput out = heads->head(head_input(scene, human, rows, features, S));
  auto rotations = out.rotations.cpu().clone();
  for (std::size_t i = 0; i < decoded.size(); ++i) {
    const int n = decoded[i];
    rotations[i][0] =
        torch::matmul(tensor_of(world_from_ray(cameras.cameras[view[n]], keypoint[n])), rotations[i][0]);
  }
  const auto betas = out.betas.cpu();
  const auto poses = axis_angle_from_matrix(rotations);  // (rows, 24, 3)
  std::vector<torch::Tensor> fused_rotations, fused_betas;
  for (int p = 0; p < P; ++p) {
    const Eigen::Matrix3d root = matrix3(rotations[p][0]);
    std::vector<BodyParameters> seen;
    std::vector<double> weight;
    for (std::size_t i = 0; i < decoded.size(); ++i) {
      if (person[decoded[i]] != p ||
          Eigen::AngleAxisd(root * matrix3(rotations[i][0]).transpose()).angle() > kSameTurn)
        continue;
      seen.push_back({.shape = doubles(betas[i]), .pose = points3(poses[i])});
      weight.push_back(1 / std::pow(std::max(error[decoded[i]], kMinJointError), 2));
    }
    const BodyParameters fused = fuse_bodies(seen, weight);
    fused_rotations.push_back(matrix_from_axis_angle(tensor_of(fused.pose)));
    fused_betas.push_back(torch::tensor(fused.shape).to(torch::kFloat));
    const Camera& camera = cameras.cameras[view[bodies.reference[p]]];
    bodies.depth.push_back(camera.K(0, 0) / focal_60(S) * std::exp(out.log_depth[p].item<double>()));
  }
  bodies.rotations = torch::stack(fused_rotations);
  bodies.betas = torch::stack(fused_betas);
  return bodies;
}

void place_people(Bodies& bodies, const HumanEstimate& human, const std::vector<int>& person,
                  const CameraEstimates& cameras, const Smpl& body, int keypoint_joint, bool triangulate) {
  const int P = int(bodies.reference.size());
  if (P == 0) return;
  const auto view = integers(human.view);
  const auto keypoint = points2(human.keypoint);
  for (int p = 0; p < P; ++p) {
    std::vector<PointObservation> observations;
    int reference = 0;
    for (int n = 0; n < int(person.size()); ++n) {
      const bool trusted = triangulate && cameras.estimated[view[n]] && cameras.used[n];
      if (person[n] != p || !(trusted || n == bodies.reference[p])) continue;
      if (n == bodies.reference[p]) reference = int(observations.size());
      observations.push_back({cameras.cameras[view[n]], keypoint[n], 1});
    }
    const PersonPosition position = person_position(observations, reference, bodies.depth[p]);
    bodies.keypoints.push_back(position.keypoint);
    bodies.triangulated.push_back(position.triangulated);
    bodies.residual.push_back(position.triangulation.residual);
  }
  const auto unplaced = body.joints(bodies.betas, bodies.rotations, torch::zeros({P, 3}));
  bodies.transl = tensor_of(bodies.keypoints) - unplaced.select(1, keypoint_joint);
  const SmplOutput posed = body(bodies.betas, bodies.rotations, bodies.transl);
  bodies.joints = smpl_joints(posed.joints);
  bodies.vertices = posed.vertices;
}

SceneScales scene_scales(const SceneEstimate& scene, const HumanEstimate& human,
                         const std::vector<int>& person, const CameraEstimates& cameras, const Bodies& bodies,
                         DepthScale rule) {
  const int V = int(cameras.cameras.size());
  const auto view = integers(human.view);
  const auto keypoint = points2(human.keypoint);
  const auto depth = scene.depth.to(torch::kFloat).cpu().contiguous();
  std::vector<DepthPair> all;
  std::vector<std::vector<DepthPair>> of_view(V);
  for (int n = 0; n < int(person.size()); ++n) {
    if (person[n] < 0 || !cameras.estimated[view[n]]) continue;
    const double z = (cameras.cameras[view[n]].camera_from_world() * bodies.keypoints[person[n]]).z();
    const DepthPair pair{median_depth(depth_map(depth[view[n]]), keypoint[n], 2), z};
    all.push_back(pair);
    of_view[view[n]].push_back(pair);
  }
  // So many people weigh as much as metric depth itself. Chosen on rendered captures: people's places in one
  // view share the errors of its camera, so that many say little more than one.
  constexpr double kPeoplePerMetricDepth = 20;
  const auto metres_per_unit = [&](const SceneScale& scale) {
    const double share = scene.metric ? scale.used / (scale.used + kPeoplePerMetricDepth) : 1;
    return std::pow(scale.metres_per_scene_unit(), share);
  };
  SceneScales scales;
  scales.all = rule == DepthScale::none ? 1 : metres_per_unit(scene_scale(all));
  for (const auto& pairs : of_view) {
    const SceneScale scale = scene_scale(pairs);
    const bool own = rule == DepthScale::view && scale.used > 0 && !scene.world_from_camera.defined();
    scales.views.push_back(own ? metres_per_unit(scale) : scales.all);
  }
  return scales;
}

}  // namespace ahap

#include "reconstruction/stages/geometric_people.h"

#include <algorithm>

#include "reconstruction/body_layer/smplx_to_smpl.h"
#include "reconstruction/multiview/geometric_association.h"
#include "reconstruction/multiview/human_scene.h"
#include "reconstruction/networks/eigen_conversion.h"
#include "reconstruction/networks/rotations.h"

namespace ahap {
namespace {

constexpr int kDepthRadius = 2;  // pixels around a key point whose median depth counts

// Rotations of every detection (N, J, 3, 3), the pelvis' in the world.
torch::Tensor rotations_in_world(const HumanEstimate& human, const CameraEstimates& cameras) {
  auto rotations = matrix_from_6d(human.pose6d).clone();
  const auto view = integers(human.view);
  const auto keypoint = points2(human.keypoint);
  for (std::size_t n = 0; n < view.size(); ++n) {
    const Camera& camera = cameras.cameras[view[n]];
    rotations[n][0] = torch::matmul(tensor_of(world_from_ray(camera, keypoint[n])), rotations[n][0]);
  }
  return rotations;
}

// SMPL's joints of bodies around their pelvis, (N, 24, 3).
torch::Tensor joints_about_pelvis(const Smpl& body, const torch::Tensor& betas,
                                  const torch::Tensor& rotations) {
  const auto joints = smpl_joints(body.joints(betas, rotations, torch::zeros({betas.size(0), 3})));
  return joints - joints.slice(1, 0, 1);
}

}  // namespace

double bring_to_metres(SceneEstimate& scene, const HumanEstimate& human) {
  const auto view = integers(human.view);
  const auto keypoint = points2(human.keypoint);
  const auto distance = doubles(human.keypoint_depth);
  const auto depth = scene.depth.to(torch::kCPU, torch::kFloat).contiguous();
  std::vector<DepthPair> pairs;
  for (std::size_t n = 0; n < view.size(); ++n) {
    const auto map = depth[view[n]];
    const DepthMap cells{
        int(map.size(1)), int(map.size(0)), {map.data_ptr<float>(), std::size_t(map.numel())}};
    pairs.push_back({median_depth(cells, keypoint[n], kDepthRadius), distance[n]});
  }
  const double metres = scene_scale(pairs).metres_per_scene_unit();
  scene.depth = scene.depth * metres;
  auto poses = scene.world_from_camera.clone();
  poses.slice(1, 0, 3).select(2, 3) *= metres;
  scene.world_from_camera = poses;
  return metres;
}

Identities associate_bodies(const HumanEstimate& human, const CameraEstimates& cameras, const Smpl& body,
                            int keypoint_joint) {
  const auto view = integers(human.view);
  const auto keypoint = points2(human.keypoint);
  const auto distance = doubles(human.keypoint_depth);
  const int N = int(view.size());
  auto rotations = rotations_in_world(human, cameras);
  const auto posed = joints_about_pelvis(body, human.betas, rotations);
  rotations.select(1, 0).copy_(torch::eye(3));
  const auto canonical = joints_about_pelvis(body, human.betas, rotations);

  std::vector<Tracklet> tracklets(N);
  for (int n = 0; n < N; ++n) {
    const Eigen::Vector3d place = cameras.cameras[view[n]].unproject(keypoint[n], distance[n]);
    BodyJoints joints;
    joints.world = points3(posed[n]);
    const Eigen::Vector3d shown = joints.world[keypoint_joint];
    for (auto& joint : joints.world) joint += place - shown;
    joints.canonical = points3(canonical[n]);
    tracklets[n].view = view[n];
    tracklets[n].frames[0] = std::move(joints);
  }
  std::vector<Eigen::Vector3d> centers;
  for (const Camera& camera : cameras.cameras) centers.push_back(camera.center());

  Identities identities;
  identities.person_of_detection = associate_geometrically(tracklets, centers).person;
  const auto& person = identities.person_of_detection;
  const int P = N == 0 ? 0 : 1 + *std::max_element(person.begin(), person.end());
  identities.A = torch::zeros({P, N});
  for (int n = 0; n < N; ++n) identities.A[person[n]][n] = 1;
  identities.A = identities.A / identities.A.sum(1, true);
  return identities;
}

Bodies fuse_people(const HumanEstimate& human, const Identities& identities, const CameraEstimates& cameras) {
  const auto& person = identities.person_of_detection;
  const int P = int(identities.A.size(0)), N = int(person.size());
  Bodies bodies;
  if (P == 0) return bodies;
  const auto score = doubles(human.score);
  const auto distance = doubles(human.keypoint_depth);
  const auto axis_angles = axis_angle_from_matrix(rotations_in_world(human, cameras));  // (N, J, 3)
  std::vector<torch::Tensor> betas, rotations;
  for (int p = 0; p < P; ++p) {
    std::vector<BodyParameters> seen;
    int reference = -1;
    for (int n = 0; n < N; ++n) {
      if (person[n] != p) continue;
      if (reference < 0 || score[n] > score[reference]) reference = n;
      seen.push_back({.shape = doubles(human.betas[n]), .pose = points3(axis_angles[n])});
    }
    const BodyParameters fused = fuse_bodies(seen);
    rotations.push_back(matrix_from_axis_angle(tensor_of(fused.pose)));
    betas.push_back(torch::tensor(fused.shape).to(torch::kFloat));
    bodies.reference.push_back(reference);
    bodies.depth.push_back(distance[reference]);
  }
  bodies.betas = torch::stack(betas);
  bodies.rotations = torch::stack(rotations);
  return bodies;
}

}  // namespace ahap

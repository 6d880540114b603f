#include "reconstruction/stages/cameras.h"

#include <algorithm>
#include <cmath>

#include "reconstruction/body_layer/smplx_to_smpl.h"
#include "reconstruction/geometry/level_camera.h"
#include "reconstruction/geometry/ray_frame.h"
#include "reconstruction/multiview/camera_refinement.h"
#include "reconstruction/multiview/geometric_association.h"
#include "reconstruction/networks/eigen_conversion.h"
#include "reconstruction/networks/rotations.h"
#include "reconstruction/stages/calibration.h"

namespace ahap {
namespace {

// Relative, of people's distances where the human branch does not say: measured on the compact model.
constexpr double kRangeSigma = 0.07;

// Of each view, as the scene branch relates them.
std::vector<Eigen::Isometry3d> poses_of(const SceneEstimate& scene) {
  std::vector<Eigen::Isometry3d> poses(scene.world_from_camera.size(0), Eigen::Isometry3d::Identity());
  for (std::size_t v = 0; v < poses.size(); ++v) {
    const auto rows = scene.world_from_camera[v].slice(0, 0, 3);
    poses[v].linear() = matrix3(rows.slice(1, 0, 3));
    poses[v].translation() = vector3(rows.select(1, 3));
  }
  return poses;
}

}  // namespace

Eigen::Matrix3d world_from_ray(const Camera& camera, const Eigen::Vector2d& pixel) {
  return camera.world_from_camera.linear() * camera_from_ray(camera.K, pixel);
}

SeenPeople seen_people(const SceneEstimate& scene, const HumanEstimate& human, const std::vector<int>& person,
                       const Smpl& body, int S) {
  const int V = int(scene.K.size(0)), N = int(human.view.size(0));
  SeenPeople seen{std::vector<PeopleView>(V), std::vector<PeopleDetection>(N)};
  for (int v = 0; v < V; ++v) {
    seen.views[v].K = matrix3(scene.K[v]);
    seen.views[v].width = seen.views[v].height = S;
    if (scene.up.defined()) seen.views[v].up = vector3(scene.up[v]).normalized();
    if (!scene.room.empty() && scene.room[v].found) {
      seen.views[v].up_sigma = scene.room[v].up_sigma;
      seen.views[v].focal_sigma = scene.room[v].focal_sigma;
      seen.views[v].room = scene.room[v].headings;
    }
    if (focal_known(scene, v)) seen.views[v].focal_sigma = kKnownFocalSigma;
  }
  if (N == 0) return seen;
  const auto view = integers(human.view);
  const auto keypoint = points2(human.keypoint);
  const auto depth = doubles(human.keypoint_depth);
  const auto joints =
      smpl_joints(body.joints(human.betas, matrix_from_6d(human.pose6d), torch::zeros({N, 3})));
  for (int n = 0; n < N; ++n) {
    PeopleDetection& d = seen.detections[n];
    d.view = view[n];
    d.person = person[n];
    d.keypoint = keypoint[n];
    d.depth = depth[n];
    d.depth_sigma = kRangeSigma;
    const Eigen::Matrix3d& K = seen.views[d.view].K;
    const Eigen::Matrix3d frame = camera_from_ray(K, d.keypoint);
    const Eigen::Vector3d X = K.inverse() * d.keypoint.homogeneous() * d.depth;
    const auto bones = points3(joints[n]);
    for (const auto& joint : bones) d.joints.push_back(X + frame * (joint - bones[0]));
    d.joints2d = points2(human.joints2d[n]);
    if (human.joints2d_sigma.defined()) d.joints2d_sigma = doubles(human.joints2d_sigma[n]);
    if (human.keypoint_sigma.defined()) d.keypoint_sigma = human.keypoint_sigma[n].item<double>();
    if (human.keypoint_depth_sigma.defined()) d.depth_sigma = human.keypoint_depth_sigma[n].item<double>();
    if (human.heading.defined()) d.heading = doubles(human.heading[n]);
  }
  return seen;
}

AssociatedPeople associate_people(const SceneEstimate& scene, const HumanEstimate& human, AhapHeads& heads,
                                  const Smpl& body, int S) {
  const auto context = scene_at_detections(scene, human, S);
  const int V = int(scene.K.size(0)), N = int(human.view.size(0));
  if (!heads->association->config.seeded_queries || V < 2 || N < 2) {
    return {associate(heads->fusion, heads->association, human.detection_features, context, human.view), {}};
  }
  const DetectionQueries queries =
      query_every_detection(heads->fusion, heads->association, human.detection_features, context, human.view);
  const SeenPeople seen = seen_people(scene, human, std::vector<int>(N, -1), body, S);
  if (scene.world_from_camera.defined()) {
    return {identities_of(queries, cluster_with_cameras(seen.views, seen.detections, queries.similarity,
                                                        poses_of(scene))),
            {}};
  }
  SpatiallyAssociated linked = associate_in_space(seen.views, seen.detections, queries.similarity);
  Identities identities = identities_of(queries, linked.person);
  return {std::move(identities), std::move(linked)};
}

CameraEstimates estimate_cameras(SceneEstimate& scene, HumanEstimate& human, const AssociatedPeople& people,
                                 const Smpl& body, int S, CameraMethod method) {
  const int V = int(scene.K.size(0)), N = int(human.view.size(0));
  CameraEstimates result;
  result.cameras.resize(V);
  result.estimated.assign(V, true);
  result.used.assign(N, true);
  result.left_right_swapped.assign(N, false);
  for (int v = 0; v < V; ++v) {
    result.cameras[v].K = matrix3(scene.K[v]);
    result.cameras[v].width = result.cameras[v].height = S;
  }
  if (scene.world_from_camera.defined()) {
    const auto poses = poses_of(scene);
    for (int v = 0; v < V; ++v) result.cameras[v].world_from_camera = poses[v];
    return result;
  }

  if (V == 1 || N == 0) {
    // Nothing relates the views: each is level by its own gravity, and one of them makes the world.
    for (int v = 0; v < V; ++v) {
      const Eigen::Vector3d up = scene.up.defined() ? vector3(scene.up[v]) : PeopleView{}.up;
      result.cameras[v].world_from_camera.linear() = level_from_camera(up);
      result.estimated[v] = v == 0;
    }
    return result;
  }
  SpatiallyAssociated people_in_space;
  if (people.in_space) {
    people_in_space = *people.in_space;
  } else {
    const SeenPeople seen = seen_people(scene, human, people.identities.person_of_detection, body, S);
    people_in_space.hypotheses = cameras_from_people(seen.views, seen.detections);
    people_in_space.cameras = refine_cameras(seen.views, seen.detections, people_in_space.hypotheses);
  }
  const auto& starts = people_in_space.hypotheses;
  result.reference_view = starts.front().reference_view;
  const auto& poses = starts.front().views;
  if (std::count_if(poses.begin(), poses.end(), [](const PoseFromPeople& pose) { return pose.estimated; }) <
      2) {
    // No two views share a person: one of them makes the world.
    for (int v = 0; v < V; ++v) {
      result.cameras[v].world_from_camera = poses[v].world_from_camera;
      result.estimated[v] = v == result.reference_view;
    }
    return result;
  }
  if (method == CameraMethod::closed_form) {
    for (int v = 0; v < V; ++v) {
      result.cameras[v].world_from_camera = poses[v].world_from_camera;
      result.estimated[v] = poses[v].estimated;
    }
    return result;
  }
  RefinedCameras& refined = people_in_space.cameras;
  if (refined.refined && refined.manhattan_yaw && !scene.edges.empty()) {
    RefinedCameras again =
        recalibrate_with_consensus(refined, people.identities.person_of_detection, scene, human, body, S);
    for (int v = 0; v < V; ++v) result.cameras[v].K = matrix3(scene.K[v]);
    if (again.refined) refined = std::move(again);
  }
  use_intrinsics(scene, human, refined.K);
  for (int v = 0; v < V; ++v) {
    result.cameras[v].K = refined.K[v];
    result.cameras[v].world_from_camera = refined.world_from_camera[v];
  }
  result.estimated = refined.estimated;
  result.manhattan_yaw = refined.manhattan_yaw;
  if (!refined.used.empty()) result.used = refined.used;
  if (!refined.left_right_swapped.empty()) result.left_right_swapped = refined.left_right_swapped;
  return result;
}

}  // namespace ahap

#include "reconstruction/stages/cameras.h"

#include <algorithm>
#include <cmath>

#include "reconstruction/geometry/level_camera.h"
#include "reconstruction/geometry/ray_frame.h"
#include "reconstruction/multiview/camera_refinement.h"
#include "reconstruction/rotation_vector.h"
#include "reconstruction/stages/calibration.h"

namespace ahap {
namespace {

// Relative, of people's distances where the human branch does not say: measured on the compact model.
constexpr double kRangeSigma = 0.07;

PeopleView people_view(const SeenView& seen, int size) {
  PeopleView view;
  view.K = seen.K;
  view.width = view.height = size;
  if (seen.up) view.up = *seen.up;
  if (seen.manhattan.found) {
    view.up_sigma = seen.manhattan.up_sigma;
    view.focal_sigma = seen.manhattan.focal_sigma;
    view.room = seen.manhattan.headings;
  }
  if (seen.focal_known) view.focal_sigma = kKnownFocalSigma;
  return view;
}

PeopleDetection people_detection(const SeenPerson& seen, const Eigen::Matrix3d& K, int keypoint_joint) {
  PeopleDetection d;
  d.view = seen.view;
  d.keypoint = seen.keypoint;
  d.keypoint_sigma = seen.keypoint_sigma;
  d.depth = seen.depth;
  d.depth_sigma = seen.depth_sigma > 0 ? seen.depth_sigma : kRangeSigma;
  d.joints2d = seen.joints2d;
  d.joints2d_sigma = seen.joints2d_sigma;
  d.heading = seen.heading;
  if (seen.joints.empty()) return d;
  const Eigen::Matrix3d frame = camera_from_ray(K, d.keypoint);
  const Eigen::Vector3d X = K.inverse() * d.keypoint.homogeneous() * d.depth;
  for (const auto& joint : seen.joints) d.joints.push_back(X + frame * (joint - seen.joints[keypoint_joint]));
  return d;
}

// The cameras as they are before anything relates them.
Cameras unrelated_cameras(const BranchObservations& seen) {
  Cameras cameras;
  cameras.views.resize(seen.views.size());
  cameras.estimated.assign(seen.views.size(), true);
  for (std::size_t v = 0; v < seen.views.size(); ++v) {
    cameras.views[v].K = seen.views[v].K;
    cameras.views[v].width = cameras.views[v].height = seen.size;
  }
  return cameras;
}

// Takes the cameras that `poses` relates; where there are not two of them, one view makes the world.
void use_poses(const CamerasFromPeople& poses, Cameras& cameras) {
  cameras.reference_view = poses.reference_view;
  int related = 0;
  for (std::size_t v = 0; v < poses.views.size(); ++v) {
    cameras.views[v].world_from_camera = poses.views[v].world_from_camera;
    cameras.estimated[v] = poses.views[v].estimated;
    related += poses.views[v].estimated;
  }
  if (related >= 2) return;
  for (std::size_t v = 0; v < poses.views.size(); ++v) cameras.estimated[v] = int(v) == poses.reference_view;
}

void use_refined(const RefinedCameras& refined, BranchObservations& seen, Cameras& cameras) {
  use_intrinsics(seen, refined.K);
  for (std::size_t v = 0; v < seen.views.size(); ++v) {
    cameras.views[v].K = refined.K[v];
    cameras.views[v].world_from_camera = refined.world_from_camera[v];
  }
  cameras.estimated = refined.estimated;
  cameras.manhattan_yaw = refined.manhattan_yaw;
  for (std::size_t n = 0; n < seen.people.size(); ++n) {
    if (!refined.used.empty()) seen.people[n].agrees = refined.used[n];
    if (!refined.left_right_swapped.empty())
      seen.people[n].left_right_swapped = refined.left_right_swapped[n];
  }
}

SpatiallyAssociated cameras_of(const BranchObservations& seen, const std::vector<int>& person) {
  const PeopleGeometry geometry = people_geometry(seen, person);
  SpatiallyAssociated found;
  found.hypotheses = cameras_from_people(geometry.views, geometry.detections);
  found.cameras = refine_cameras(geometry.views, geometry.detections, found.hypotheses);
  return found;
}

}  // namespace

Eigen::Matrix3d world_from_ray(const Camera& camera, const Eigen::Vector2d& pixel) {
  return camera.world_from_camera.linear() * camera_from_ray(camera.K, pixel);
}

BodyParameters in_world(BodyParameters body, const SeenPerson& person, const Cameras& cameras) {
  body.pose[0] =
      rotation_vector(world_from_ray(cameras.of(person), person.keypoint) * rotation_of(body.pose[0]));
  return body;
}

PeopleGeometry people_geometry(const BranchObservations& seen, const std::vector<int>& person) {
  PeopleGeometry geometry;
  for (const SeenView& view : seen.views) geometry.views.push_back(people_view(view, seen.size));
  for (std::size_t n = 0; n < seen.people.size(); ++n) {
    const Eigen::Matrix3d& K = seen.views[seen.people[n].view].K;
    geometry.detections.push_back(people_detection(seen.people[n], K, seen.keypoint_joint));
    geometry.detections.back().person = person[n];
  }
  return geometry;
}

AssociatedPeople associate_people(const SceneEstimate& scene, const HumanEstimate& human,
                                  const BranchObservations& seen, AhapHeads& heads, ActiveQueries rule) {
  const auto [of_human, of_scene, view] = detection_features(scene, human, rows_of(seen.people), seen.size);
  const int V = int(seen.views.size()), N = int(seen.people.size());
  const bool by_detection =
      rule == ActiveQueries::every_detection && heads->association->config.seeded_queries && V >= 2 && N >= 2;
  if (!by_detection)
    return {associate(heads->fusion, heads->association, of_human, of_scene, view, rule), {}};
  const DetectionQueries queries =
      query_every_detection(heads->fusion, heads->association, of_human, of_scene, view);
  const PeopleGeometry geometry = people_geometry(seen, std::vector<int>(N, -1));
  if (seen.related()) {
    std::vector<Eigen::Isometry3d> poses;
    for (const SeenView& view : seen.views) poses.push_back(*view.world_from_camera);
    return {identities_of(queries, cluster_with_cameras(geometry.views, geometry.detections,
                                                        queries.similarity, poses)),
            {}};
  }
  SpatiallyAssociated linked = associate_in_space(geometry.views, geometry.detections, queries.similarity);
  Identities identities = identities_of(queries, linked.person);
  return {std::move(identities), std::move(linked)};
}

Cameras estimate_cameras(BranchObservations& seen, const AssociatedPeople& people, CameraMethod method) {
  const int V = int(seen.views.size());
  Cameras cameras = unrelated_cameras(seen);
  if (seen.related()) {
    for (int v = 0; v < V; ++v) cameras.views[v].world_from_camera = *seen.views[v].world_from_camera;
    return cameras;
  }
  if (V == 1 || seen.people.empty()) {
    // Nothing relates the views: each is level by its own gravity, and one of them makes the world.
    for (int v = 0; v < V; ++v) {
      cameras.views[v].world_from_camera.linear() =
          level_from_camera(seen.views[v].up.value_or(PeopleView{}.up));
      cameras.estimated[v] = v == 0;
    }
    return cameras;
  }
  const std::vector<int>& person = people.identities.person_of_detection;
  SpatiallyAssociated found = people.in_space ? *people.in_space : cameras_of(seen, person);
  use_poses(found.hypotheses.front(), cameras);
  const bool related = std::count(cameras.estimated.begin(), cameras.estimated.end(), true) >= 2;
  if (!related || method == CameraMethod::closed_form) return cameras;
  RefinedCameras& refined = found.cameras;
  if (refined.refined && refined.manhattan_yaw && seen.views[0].edges) {
    RefinedCameras again = recalibrate_with_consensus(refined, person, seen);
    if (again.refined) refined = std::move(again);
  }
  use_refined(refined, seen, cameras);
  return cameras;
}

}  // namespace ahap

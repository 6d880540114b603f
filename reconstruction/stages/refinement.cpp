#include "reconstruction/stages/refinement.h"

#include <algorithm>
#include <numeric>

#include "reconstruction/geometry/level_camera.h"
#include "reconstruction/geometry/manhattan_consensus.h"
#include "reconstruction/geometry/ray_frame.h"
#include "reconstruction/geometry/similarity.h"
#include "reconstruction/multiview/bundle_adjustment.h"
#include "reconstruction/rotation_vector.h"
#include "reconstruction/smpl_joints.h"
#include "reconstruction/stages/calibration.h"

namespace ahap {
namespace {

// Of the poses of a scene branch that is sure of itself: radians per axis, and a share of the cameras'
// distance from their middle.
constexpr double kSceneTurnSigma = 0.01;
constexpr double kSceneCenterSigma = 0.02;
constexpr double kMinConfidence = 0.1;

// SMPL's rotations of a body: of SMPL-X without the fingers.
std::array<Eigen::Matrix3d, kSmplJoints> smpl_rotations_of(const BodyParameters& body) {
  std::array<Eigen::Matrix3d, kSmplJoints> rotations;
  rotations.fill(Eigen::Matrix3d::Identity());
  const int known = body.pose.size() == kSmplJoints ? kSmplJoints : kSharedJoints;
  for (int j = 0; j < known; ++j) rotations[j] = rotation_of(body.pose[j]);
  return rotations;
}

AdjustedView adjusted_view(const SeenView& seen, const Camera& camera, std::optional<double> manhattan_yaw) {
  AdjustedView view;
  view.camera = camera;
  view.up = seen.up.value_or(camera.world_from_camera.linear().transpose().col(1));
  if (seen.manhattan.found) {
    view.up_sigma = seen.manhattan.up_sigma;
    view.focal_sigma = std::min(view.focal_sigma, seen.manhattan.focal_sigma);
  }
  if (seen.focal_known) view.focal_sigma = kKnownFocalSigma;
  if (!manhattan_yaw) return view;
  const double yaw = level_yaw(camera.world_from_camera.linear());
  if (const ManhattanYaw* heading = fitting_heading(yaw, seen.manhattan.headings, *manhattan_yaw).heading) {
    view.yaw_residual = yaw_residual(yaw, *heading, *manhattan_yaw);
    view.room_sigma = heading->sigma;
  }
  return view;
}

// The scene branch's own poses are believed as far as it is confident of what each view shows, so that people
// who contradict them count for more where it is not.
void believe_scene_branch(const BranchObservations& seen, std::vector<AdjustedView>& views) {
  std::vector<Eigen::Vector3d> centers;
  for (const AdjustedView& view : views) centers.push_back(view.camera.center());
  const double extent = mean_distance_from_middle(centers);
  for (std::size_t v = 0; v < views.size(); ++v) {
    const std::vector<float>& all = seen.views[v].confidence;
    const double mean = std::accumulate(all.begin(), all.end(), 0.0) / double(all.size());
    const double confidence = std::clamp(mean, kMinConfidence, 1.0);
    views[v].turn_sigma = kSceneTurnSigma / confidence;
    views[v].up_sigma = std::max(views[v].up_sigma, views[v].turn_sigma);
    views[v].center_sigma = kSceneCenterSigma * extent / confidence;
  }
}

JointObservation joint_observation(const SeenPerson& person, const Camera& camera) {
  JointObservation observation;
  observation.view = person.view;
  observation.depth = person.depth;
  observation.depth_sigma = person.depth_sigma;
  for (int j = 0; j < kSmplJoints; ++j) {
    const int side = person.left_right_swapped ? kMirroredJoints[j] : j;
    observation.joints2d.push_back(person.joints2d[side]);
    if (!person.joints2d_sigma.empty()) observation.joints2d_sigma.push_back(person.joints2d_sigma[side]);
  }
  if (person.body && !person.left_right_swapped) {
    auto rotations = smpl_rotations_of(*person.body);
    rotations[0] = camera_from_ray(camera.K, person.keypoint) * rotations[0];
    observation.rotations = rotations;
  }
  return observation;
}

std::vector<AdjustedPerson> adjusted_people(const BranchObservations& seen, const Cameras& cameras,
                                            const std::vector<PersonTrack>& tracks,
                                            const std::vector<std::vector<Eigen::Vector3d>>& rest) {
  std::vector<AdjustedPerson> people(tracks.size());
  for (std::size_t p = 0; p < tracks.size(); ++p) {
    std::copy_n(rest[p].begin(), kSmplJoints, people[p].rest_joints.begin());
    people[p].rotations = smpl_rotations_of(tracks[p].body);
    people[p].pelvis = tracks[p].joints[0];
    for (const int n : tracks[p].observations) {
      const SeenPerson& person = seen.people[n];
      if (!cameras.placed(person) || !person.agrees) continue;
      people[p].observations.push_back(joint_observation(person, cameras.of(person)));
    }
  }
  return people;
}

}  // namespace

std::string refine_people_and_cameras(BranchObservations& seen, const Smpl& body, Cameras& cameras,
                                      std::vector<PersonTrack>& tracks) {
  if (tracks.empty()) return "Nothing was refined: there are no people.";
  if (!seen.sees_joints()) return "Nothing was refined: the model sees no joints in the pictures.";
  std::vector<AdjustedView> views;
  for (std::size_t v = 0; v < seen.views.size(); ++v)
    views.push_back(adjusted_view(seen.views[v], cameras.views[v], cameras.manhattan_yaw));
  if (seen.related()) believe_scene_branch(seen, views);
  const auto rest = rest_joints(tracks, body);
  std::vector<AdjustedPerson> people = adjusted_people(seen, cameras, tracks, rest);

  BundleAdjustmentOptions options;
  options.keypoint_joint = seen.keypoint_joint;
  const BundleAdjustment adjustment = adjust_bundle(views, people, cameras.reference_view, options);
  if (!adjustment.adjusted) return "Nothing was refined: " + adjustment.reason + ".";

  std::vector<Eigen::Matrix3d> K;
  for (std::size_t v = 0; v < views.size(); ++v) {
    K.push_back(views[v].camera.K);
    cameras.views[v] = views[v].camera;
  }
  use_intrinsics(seen, K);
  for (std::size_t p = 0; p < tracks.size(); ++p) {
    PersonTrack& track = tracks[p];
    const int adjusted = track.body.pose.size() == kSmplJoints ? kSmplJoints : kSharedJoints;
    for (int j = 0; j < adjusted; ++j) track.body.pose[j] = rotation_vector(people[p].rotations[j]);
    track.transl = people[p].pelvis - rest[p][0];
  }
  pose_bodies(tracks, body);
  for (PersonTrack& track : tracks) track.keypoint = track.joints[seen.keypoint_joint];
  return {};
}

}  // namespace ahap

#include "reconstruction/stages/geometric_people.h"

#include <algorithm>

#include "reconstruction/body_layer/smplx_to_smpl.h"
#include "reconstruction/multiview/human_scene.h"
#include "reconstruction/networks/eigen_conversion.h"

namespace ahap {
namespace {

constexpr int kDepthRadius = 2;  // pixels around a key point whose median depth counts

// SMPL's joints of bodies around their pelvis, 24 each.
std::vector<std::vector<Eigen::Vector3d>> joints_about_pelvis(const Smpl& body,
                                                              std::vector<PersonTrack> tracks) {
  const BodyTensors parameters = body_tensors(tracks);
  const auto zero = torch::zeros({parameters.betas.size(0), 3});
  const auto joints = smpl_joints(body.joints(parameters.betas, parameters.rotations, zero));
  std::vector<std::vector<Eigen::Vector3d>> result;
  for (std::int64_t n = 0; n < joints.size(0); ++n) result.push_back(points3(joints[n] - joints[n][0]));
  return result;
}

}  // namespace

double bring_to_metres(BranchObservations& seen) {
  std::vector<DepthPair> pairs;
  for (const SeenPerson& person : seen.people)
    pairs.push_back({median_depth(seen.depth_map(person.view), person.keypoint, kDepthRadius), person.depth});
  const double metres = scene_scale(pairs).metres_per_scene_unit();
  for (SeenView& view : seen.views) {
    for (float& z : view.depth) z *= float(metres);
    view.world_from_camera->translation() *= metres;
  }
  return metres;
}

Identities associate_bodies(const BranchObservations& seen, const Cameras& cameras, const Smpl& body) {
  const int N = int(seen.people.size());
  Identities identities;
  identities.A = torch::zeros({0, N});
  if (N == 0) return identities;
  std::vector<PersonTrack> posed(N), canonical(N);
  for (int n = 0; n < N; ++n) {
    posed[n].body = canonical[n].body = in_world(*seen.people[n].body, seen.people[n], cameras);
    canonical[n].body.pose[0].setZero();
  }
  const auto world = joints_about_pelvis(body, posed), still = joints_about_pelvis(body, canonical);

  std::vector<Tracklet> tracklets(N);
  for (int n = 0; n < N; ++n) {
    const SeenPerson& person = seen.people[n];
    const Eigen::Vector3d place = cameras.of(person).unproject(person.keypoint, person.depth);
    BodyJoints joints{.world = world[n], .canonical = still[n]};
    const Eigen::Vector3d shown = joints.world[seen.keypoint_joint];
    for (auto& joint : joints.world) joint += place - shown;
    tracklets[n].view = person.view;
    tracklets[n].frames[0] = std::move(joints);
  }
  std::vector<Eigen::Vector3d> centers;
  for (const Camera& camera : cameras.views) centers.push_back(camera.center());

  identities.person_of_detection = associate_geometrically(tracklets, centers);
  const auto& person = identities.person_of_detection;
  identities.A = torch::zeros({1 + *std::max_element(person.begin(), person.end()), N});
  for (int n = 0; n < N; ++n) identities.A[person[n]][n] = 1;
  identities.A = identities.A / identities.A.sum(1, true);
  return identities;
}

void fuse_people(const BranchObservations& seen, const Cameras& cameras, std::vector<PersonTrack>& tracks) {
  for (PersonTrack& track : tracks) {
    std::vector<BodyParameters> bodies;
    for (const int n : track.observations) {
      const SeenPerson& person = seen.people[n];
      if (track.reference < 0 || person.score > seen.people[track.reference].score) track.reference = n;
      bodies.push_back(in_world(*person.body, person, cameras));
    }
    track.body = fuse_bodies(bodies);
    track.depth = seen.people[track.reference].depth;
  }
}

}  // namespace ahap

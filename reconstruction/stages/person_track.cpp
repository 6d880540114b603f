#include "reconstruction/stages/person_track.h"

#include <algorithm>

#include "reconstruction/body_layer/smplx_to_smpl.h"
#include "reconstruction/networks/eigen_conversion.h"
#include "reconstruction/networks/rotations.h"

namespace ahap {
namespace {

// Whoever more views see, and more surely, comes first.
void number_by_support(const BranchObservations& seen, std::vector<PersonTrack>& tracks) {
  std::vector<std::pair<double, int>> support;
  for (int p = 0; p < int(tracks.size()); ++p) {
    double sum = 0;
    for (const int n : tracks[p].observations) sum += 1 + seen.people[n].score;
    support.push_back({sum, -p});
  }
  std::sort(support.begin(), support.end(), std::greater<>());
  for (std::size_t i = 0; i < support.size(); ++i) tracks[-support[i].second].id = int(i) + 1;
}

}  // namespace

std::vector<PersonTrack> tracks_of(const Identities& identities, const BranchObservations& seen) {
  std::vector<PersonTrack> tracks(identities.A.size(0));
  for (std::size_t p = 0; p < tracks.size(); ++p) tracks[p].weight = doubles(identities.A[std::int64_t(p)]);
  for (int n = 0; n < int(seen.people.size()); ++n) {
    const int p = identities.person_of_detection[n];
    if (p >= 0) tracks[p].observations.push_back(n);
  }
  number_by_support(seen, tracks);
  return tracks;
}

BodyTensors body_tensors(const std::vector<PersonTrack>& tracks) {
  std::vector<torch::Tensor> betas, poses;
  for (const PersonTrack& track : tracks) {
    betas.push_back(torch::tensor(track.body.shape).to(torch::kFloat));
    poses.push_back(tensor_of(track.body.pose));
  }
  return {torch::stack(betas), matrix_from_axis_angle(torch::stack(poses))};
}

std::vector<std::vector<Eigen::Vector3d>> rest_joints(const std::vector<PersonTrack>& tracks,
                                                      const Smpl& body) {
  std::vector<std::vector<Eigen::Vector3d>> joints;
  if (tracks.empty()) return joints;
  const auto P = std::int64_t(tracks.size());
  const auto straight = torch::eye(3).expand({P, body.num_joints(), 3, 3});
  const auto rest = smpl_joints(body.joints(body_tensors(tracks).betas, straight, torch::zeros({P, 3})));
  for (std::int64_t p = 0; p < P; ++p) joints.push_back(points3(rest[p]));
  return joints;
}

void pose_bodies(std::vector<PersonTrack>& tracks, const Smpl& body) {
  if (tracks.empty()) return;
  const BodyTensors parameters = body_tensors(tracks);
  std::vector<Eigen::Vector3d> transl;
  for (const PersonTrack& track : tracks) transl.push_back(track.transl);
  const SmplOutput posed = body(parameters.betas, parameters.rotations, tensor_of(transl));
  const auto joints = smpl_joints(posed.joints);
  for (std::size_t p = 0; p < tracks.size(); ++p) {
    tracks[p].joints = points3(joints[std::int64_t(p)]);
    tracks[p].vertices = points3(posed.vertices[std::int64_t(p)]);
  }
}

}  // namespace ahap

#include "reconstruction/stages/bodies.h"

#include <algorithm>
#include <cmath>

#include "reconstruction/geometry/similarity.h"
#include "reconstruction/multiview/human_scene.h"
#include "reconstruction/networks/device.h"
#include "reconstruction/networks/eigen_conversion.h"
#include "reconstruction/networks/rotations.h"
#include "reconstruction/rotation_vector.h"

namespace ahap {
namespace {

constexpr double kSameTurn = 0.7;        // radians between orientations of one body that agree
constexpr double kMinJointError = 0.01;  // metres: no view's pose is trusted as if it erred less

// For each observation of a person, how many others turn the body about the same way in the world.
std::vector<int> agreeing_views(const BranchObservations& seen, const std::vector<int>& observations,
                                const Cameras& cameras) {
  std::vector<int> agreeing(observations.size(), 0);
  std::vector<std::optional<Eigen::Matrix3d>> root;
  for (const int n : observations) {
    const SeenPerson& person = seen.people[n];
    root.emplace_back();
    if (!person.body || !cameras.placed(person)) continue;
    root.back() = world_from_ray(cameras.of(person), person.keypoint) * rotation_of(person.body->pose[0]);
  }
  for (std::size_t a = 0; a < root.size(); ++a) {
    for (std::size_t b = 0; b < root.size(); ++b)
      agreeing[a] += a != b && root[a] && root[b] && rotation_angle(*root[a], *root[b]) < kSameTurn;
  }
  return agreeing;
}

// Mean error of a person's 2D joints that the human branch expects, metres at his depth; 0: it does not know.
double expected_joint_error(const SeenPerson& person, const Cameras& cameras) {
  if (person.joints2d_sigma.empty()) return 0;
  double sum = 0;
  for (const double sigma : person.joints2d_sigma) sum += sigma;
  return sum / double(person.joints2d_sigma.size()) * person.depth / cameras.of(person).K(0, 0);
}

bool trusted(const SeenPerson& person, const Cameras& cameras) {
  return cameras.placed(person) && person.agrees && !person.left_right_swapped;
}

int busiest_view(const BranchObservations& seen, const std::vector<PersonTrack>& tracks) {
  std::vector<int> count(seen.views.size(), 0);
  for (const PersonTrack& track : tracks) {
    for (const int n : track.observations) ++count[seen.people[n].view];
  }
  return int(std::max_element(count.begin(), count.end()) - count.begin());
}

void choose_references(const BranchObservations& seen, const Cameras& cameras,
                       std::vector<PersonTrack>& tracks) {
  const int busiest = busiest_view(seen, tracks);
  for (PersonTrack& track : tracks) {
    const std::vector<int> agreeing = agreeing_views(seen, track.observations, cameras);
    const auto preference = [&](std::size_t i) {
      const SeenPerson& person = seen.people[track.observations[i]];
      return std::make_tuple(cameras.placed(person), person.agrees && !person.left_right_swapped, agreeing[i],
                             -expected_joint_error(person, cameras), person.view == busiest, person.score);
    };
    std::size_t best = 0;
    for (std::size_t i = 1; i < track.observations.size(); ++i) {
      if (preference(i) > preference(best)) best = i;
    }
    track.reference = track.observations[best];
  }
}

// One person as the head decodes him from one view.
struct DecodedBody {
  int track = 0, observation = 0;
  BodyParameters body;  // the root in the world
  double log_depth = 0;
};

// Each track's reference first, then the other views that may have a say.
std::vector<DecodedBody> to_decode(const BranchObservations& seen, const Cameras& cameras, bool every_view,
                                   const std::vector<PersonTrack>& tracks) {
  std::vector<DecodedBody> decoded;
  for (int p = 0; p < int(tracks.size()); ++p) decoded.push_back({p, tracks[p].reference, {}, 0});
  if (!every_view) return decoded;
  for (int p = 0; p < int(tracks.size()); ++p) {
    for (const int n : tracks[p].observations) {
      if (n != tracks[p].reference && trusted(seen.people[n], cameras)) decoded.push_back({p, n, {}, 0});
    }
  }
  return decoded;
}

HeadInput input_of(const HeadContext& context, const BranchObservations& seen,
                   const torch::Tensor& person_features, const std::vector<DecodedBody>& decoded) {
  std::vector<std::int64_t> rows, people;
  std::vector<float> depth;
  for (const DecodedBody& one : decoded) {
    rows.push_back(seen.people[one.observation].row);
    people.push_back(one.track);
    depth.push_back(float(seen.people[one.observation].depth));
  }
  const auto features =
      person_features.index_select(0, torch::tensor(people, torch::kLong).to(person_features.device()));
  HeadInput input = head_input(context.scene, context.human, rows, features, seen.size);
  std::vector<torch::Tensor> K;
  for (const SeenView& view : seen.views) K.push_back(tensor_of(view.K));
  const bool depth_known = context.human.keypoint_depth.defined();
  use_calibration(torch::stack(K), depth_known ? torch::tensor(depth) : torch::Tensor(), input);
  return input;
}

void decode(const HeadContext& context, const BranchObservations& seen, const Cameras& cameras,
            const torch::Tensor& person_features, std::vector<DecodedBody>& decoded) {
  const HeadInput input = input_of(context, seen, person_features, decoded);
  const HeadOutput out = context.heads->head(to(input, device_of(*context.heads)));
  const auto poses = axis_angle_from_matrix(out.rotations.cpu());  // (rows, 24, 3)
  const auto betas = out.betas.cpu();
  const auto log_depth = doubles(out.log_depth);
  for (std::size_t i = 0; i < decoded.size(); ++i) {
    const SeenPerson& person = seen.people[decoded[i].observation];
    decoded[i].body = in_world(
        {.shape = doubles(betas[std::int64_t(i)]), .pose = points3(poses[std::int64_t(i)])}, person, cameras);
    decoded[i].log_depth = log_depth[i];
  }
}

}  // namespace

void decode_people(const HeadContext& context, const BranchObservations& seen, const Cameras& cameras,
                   const torch::Tensor& person_features, std::vector<PersonTrack>& tracks) {
  if (tracks.empty()) return;
  choose_references(seen, cameras, tracks);
  std::vector<DecodedBody> decoded = to_decode(seen, cameras, context.every_view, tracks);
  decode(context, seen, cameras, person_features, decoded);
  for (std::size_t p = 0; p < tracks.size(); ++p) {
    const DecodedBody& reference = decoded[p];
    const Eigen::Matrix3d root = rotation_of(reference.body.pose[0]);
    std::vector<BodyParameters> bodies;
    std::vector<double> weights;
    for (const DecodedBody& one : decoded) {
      if (one.track != int(p) || rotation_angle(root, rotation_of(one.body.pose[0])) > kSameTurn) continue;
      bodies.push_back(one.body);
      const double error = expected_joint_error(seen.people[one.observation], cameras);
      weights.push_back(1 / std::pow(std::max(error, kMinJointError), 2));
    }
    tracks[p].body = fuse_bodies(bodies, weights);
    const Camera& camera = cameras.of(seen.people[reference.observation]);
    tracks[p].depth = camera.K(0, 0) / focal_60(seen.size) * std::exp(reference.log_depth);
  }
}

void place_people(const BranchObservations& seen, const Cameras& cameras, const Smpl& body, bool triangulate,
                  std::vector<PersonTrack>& tracks) {
  for (PersonTrack& track : tracks) {
    std::vector<PointObservation> observations;
    int reference = 0;
    for (const int n : track.observations) {
      const SeenPerson& person = seen.people[n];
      const bool counts = triangulate && cameras.placed(person) && person.agrees;
      if (!counts && n != track.reference) continue;
      if (n == track.reference) reference = int(observations.size());
      observations.push_back({cameras.of(person), person.keypoint, 1});
    }
    const PersonPosition position = person_position(observations, reference, track.depth);
    track.keypoint = position.keypoint;
    track.triangulated = position.triangulated;
    track.residual = position.triangulation.residual;
    track.transl.setZero();
  }
  pose_bodies(tracks, body);
  for (PersonTrack& track : tracks) {
    track.transl = track.keypoint - track.joints[seen.keypoint_joint];
    for (auto* points : {&track.joints, &track.vertices}) {
      for (Eigen::Vector3d& X : *points) X += track.transl;
    }
  }
}

SceneScales scene_scales(const BranchObservations& seen, const std::vector<PersonTrack>& tracks,
                         const Cameras& cameras, DepthScale rule) {
  std::vector<DepthPair> all;
  std::vector<std::vector<DepthPair>> of_view(seen.views.size());
  for (const PersonTrack& track : tracks) {
    for (const int n : track.observations) {
      const SeenPerson& person = seen.people[n];
      if (!cameras.placed(person)) continue;
      const double z = (cameras.of(person).camera_from_world() * track.keypoint).z();
      const DepthPair pair{median_depth(seen.depth_map(person.view), person.keypoint, 2), z};
      all.push_back(pair);
      of_view[person.view].push_back(pair);
    }
  }
  // So many people weigh as much as metric depth itself. Chosen on rendered captures: people's places in one
  // view share the errors of its camera, so that many say little more than one.
  constexpr double kPeoplePerMetricDepth = 20;
  const auto metres_per_unit = [&](const SceneScale& scale) {
    const double share = seen.metric_depth ? scale.used / (scale.used + kPeoplePerMetricDepth) : 1;
    return std::pow(scale.metres_per_scene_unit(), share);
  };
  SceneScales scales;
  scales.all = rule == DepthScale::none ? 1 : metres_per_unit(scene_scale(all));
  for (const auto& pairs : of_view) {
    const SceneScale scale = scene_scale(pairs);
    const bool own = rule == DepthScale::view && scale.used > 0 && !seen.related();
    scales.views.push_back(own ? metres_per_unit(scale) : scales.all);
  }
  return scales;
}

}  // namespace ahap

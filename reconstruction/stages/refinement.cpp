#include "reconstruction/stages/refinement.h"

#include <algorithm>

#include "reconstruction/body_layer/smplx_to_smpl.h"
#include "reconstruction/geometry/level_camera.h"
#include "reconstruction/geometry/manhattan_consensus.h"
#include "reconstruction/geometry/ray_frame.h"
#include "reconstruction/geometry/similarity.h"
#include "reconstruction/multiview/bundle_adjustment.h"
#include "reconstruction/multiview/cameras_from_people.h"
#include "reconstruction/networks/eigen_conversion.h"
#include "reconstruction/networks/rotations.h"
#include "reconstruction/smpl_joints.h"

namespace ahap {
namespace {

// Of the poses of a scene branch that is sure of itself: radians per axis, and a share of the cameras'
// distance from their middle.
constexpr double kSceneTurnSigma = 0.01;
constexpr double kSceneCenterSigma = 0.02;
constexpr double kMinConfidence = 0.1;

std::array<Eigen::Matrix3d, kSmplJoints> matrices(const torch::Tensor& rotations) {  // (24, 3, 3)
  const auto values = rotations.to(torch::kDouble).cpu().contiguous();
  std::array<Eigen::Matrix3d, kSmplJoints> result;
  for (int j = 0; j < kSmplJoints; ++j) {
    result[j] =
        Eigen::Map<const Eigen::Matrix<double, 3, 3, Eigen::RowMajor>>(values.data_ptr<double>() + 9 * j);
  }
  return result;
}

// The scene branch's own poses are believed as far as it is confident of what each view shows, so that people
// who contradict them count for more where it is not.
void believe_scene_branch(const SceneEstimate& scene, std::vector<AdjustedView>& views) {
  std::vector<Eigen::Vector3d> centers;
  for (const AdjustedView& view : views) centers.push_back(view.camera.center());
  const double extent = mean_distance_from_middle(centers);
  for (std::size_t v = 0; v < views.size(); ++v) {
    const double confidence =
        std::clamp(scene.depth_conf[int64_t(v)].to(torch::kFloat).mean().item<double>(), kMinConfidence, 1.0);
    views[v].turn_sigma = kSceneTurnSigma / confidence;
    views[v].up_sigma = std::max(views[v].up_sigma, views[v].turn_sigma);
    views[v].center_sigma = kSceneCenterSigma * extent / confidence;
  }
}

}  // namespace

std::string refine_people_and_cameras(SceneEstimate& scene, HumanEstimate& human,
                                      const std::vector<int>& person, const Smpl& body, int keypoint_joint,
                                      CameraEstimates& cameras, Bodies& bodies) {
  const int P = int(bodies.reference.size()), N = int(person.size()), V = int(cameras.cameras.size());
  if (P == 0) return "Nothing was refined: there are no people.";
  if (!human.joints2d.defined()) return "Nothing was refined: the model sees no joints in the pictures.";
  const auto view = integers(human.view);
  const auto keypoint = points2(human.keypoint);
  std::vector<double> depth(N, 0);
  if (human.keypoint_depth.defined()) depth = doubles(human.keypoint_depth);

  std::vector<AdjustedView> views(V);
  for (int v = 0; v < V; ++v) {
    views[v].camera = cameras.cameras[v];
    views[v].up = scene.up.defined()
                      ? vector3(scene.up[v]).normalized()
                      : Eigen::Vector3d(cameras.cameras[v].world_from_camera.linear().transpose().col(1));
    if (!scene.room.empty() && scene.room[v].found) {
      views[v].up_sigma = scene.room[v].up_sigma;
      views[v].focal_sigma = std::min(views[v].focal_sigma, scene.room[v].focal_sigma);
    }
    if (focal_known(scene, v)) views[v].focal_sigma = kKnownFocalSigma;
    if (cameras.manhattan_yaw && !scene.room.empty()) {
      const double yaw = level_yaw(cameras.cameras[v].world_from_camera.linear());
      if (const ManhattanYaw* heading =
              fitting_heading(yaw, scene.room[v].headings, *cameras.manhattan_yaw).heading) {
        views[v].yaw_residual = yaw_residual(yaw, *heading, *cameras.manhattan_yaw);
        views[v].room_sigma = heading->sigma;
      }
    }
  }
  if (scene.world_from_camera.defined()) believe_scene_branch(scene, views);
  const auto identity = torch::eye(3).expand({P, body.num_joints(), 3, 3});
  const auto rest = smpl_joints(body.joints(bodies.betas, identity, torch::zeros({P, 3})));
  const auto rotations = smpl_rotations(bodies.rotations);
  std::vector<AdjustedPerson> people(P);
  for (int p = 0; p < P; ++p) {
    const auto joints = points3(rest[p]);
    std::copy_n(joints.begin(), kSmplJoints, people[p].rest_joints.begin());
    people[p].rotations = matrices(rotations[p]);
    people[p].pelvis = vector3(bodies.joints[p][0]);
  }
  for (int n = 0; n < N; ++n) {
    const int p = person[n];
    if (p < 0 || !cameras.estimated[view[n]] || !cameras.used[n]) continue;
    const Camera& camera = cameras.cameras[view[n]];
    JointObservation observation;
    observation.view = view[n];
    observation.depth = depth[n];
    if (human.keypoint_depth_sigma.defined())
      observation.depth_sigma = human.keypoint_depth_sigma[n].item<double>();
    const auto seen = points2(human.joints2d[n]);
    std::vector<double> sigma;
    if (human.joints2d_sigma.defined()) sigma = doubles(human.joints2d_sigma[n]);
    for (int j = 0; j < kSmplJoints; ++j) {
      const int side = cameras.left_right_swapped[n] ? kMirroredJoints[j] : j;
      observation.joints2d.push_back(seen[side]);
      if (!sigma.empty()) observation.joints2d_sigma.push_back(sigma[side]);
    }
    if (human.pose6d.defined() && !cameras.left_right_swapped[n]) {
      auto seen_rotations = matrices(smpl_rotations(matrix_from_6d(human.pose6d[n])));
      seen_rotations[0] = camera_from_ray(camera.K, keypoint[n]) * seen_rotations[0];
      observation.rotations = seen_rotations;
    }
    people[p].observations.push_back(std::move(observation));
  }

  BundleAdjustmentOptions options;
  options.keypoint_joint = keypoint_joint;
  const BundleAdjustment adjustment = adjust_bundle(views, people, cameras.reference_view, options);
  if (!adjustment.adjusted) return "Nothing was refined: " + adjustment.reason + ".";

  std::vector<Eigen::Matrix3d> K;
  for (const AdjustedView& view : views) K.push_back(view.camera.K);
  use_intrinsics(scene, human, K);
  for (int v = 0; v < V; ++v) cameras.cameras[v] = views[v].camera;
  bodies.rotations = bodies.rotations.clone();
  std::vector<Eigen::Vector3d> pelvis;
  for (int p = 0; p < P; ++p) {
    pelvis.push_back(people[p].pelvis);
    const int adjusted =
        body.num_joints() == kSmplJoints ? kSmplJoints : kSharedJoints;  // SMPL-X's fingers stay
    for (int j = 0; j < adjusted; ++j) bodies.rotations[p][j] = tensor_of(people[p].rotations[j]);
  }
  bodies.transl = tensor_of(pelvis) - rest.select(1, 0);
  const SmplOutput posed = body(bodies.betas, bodies.rotations, bodies.transl);
  bodies.joints = smpl_joints(posed.joints);
  bodies.vertices = posed.vertices;
  bodies.keypoints = points3(bodies.joints.select(1, keypoint_joint));
  return {};
}

}  // namespace ahap

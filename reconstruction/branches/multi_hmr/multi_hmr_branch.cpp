#include "reconstruction/branches/multi_hmr/multi_hmr_branch.h"

#include "reconstruction/body_layer/smplx_to_smpl.h"
#include "reconstruction/geometry/ray_frame.h"
#include "reconstruction/networks/eigen_conversion.h"
#include "reconstruction/networks/rotations.h"
#include "reconstruction/smpl_joints.h"

namespace ahap {
namespace {

constexpr int kHead = 15;
constexpr int kHands =
    kWholeBodyRotations - 1 - kSharedJoints;  // rotations of both hands' fingers; the jaw is last
constexpr double kBoxMargin = 0.08;  // of the box around the joints, on every side: flesh around the bones

// Joints in the camera frame (N, 24, 3) and K (N, 3, 3) -> pixels (N, 24, 2).
torch::Tensor project(const torch::Tensor& joints, const torch::Tensor& K) {
  const auto projected = torch::matmul(joints, K.transpose(1, 2));
  return projected.slice(-1, 0, 2) / projected.slice(-1, 2, 3).clamp_min(1e-3);
}

// Boxes (N, 4) around pixels (N, J, 2), inside the square input.
torch::Tensor boxes_around(const torch::Tensor& pixels, double size) {
  const auto low = pixels.amin(1), high = pixels.amax(1);
  const auto margin = kBoxMargin * (high - low);
  return torch::cat({low - margin, high + margin}, 1).clamp(0, size);
}

}  // namespace

torch::Tensor smplx_rotations(const torch::Tensor& smplx_to_smpl) {
  const std::int64_t N = smplx_to_smpl.size(0);
  const auto eyes = torch::eye(3, smplx_to_smpl.options()).expand({N, 2, 3, 3});
  return torch::cat({smplx_to_smpl.slice(1, 0, kSharedJoints), smplx_to_smpl.slice(1, kSharedJoints + kHands),
                     eyes, smplx_to_smpl.slice(1, kSharedJoints, kSharedJoints + kHands)},
                    1);
}

HumanEstimate MultiHmrBranch::estimate(const torch::Tensor& images, const SceneEstimate& scene,
                                       const DetectionThresholds& thresholds, const Progress& progress) {
  auto K = scene.K.to(torch::kCPU, torch::kFloat).clone();
  K.slice(1, 0, 2) *= double(input_size()) / double(scene.depth.size(2));
  const MultiHmrOutput output = network_->forward(normalize_colors(images.to(device_)), K.to(device_),
                                                  thresholds.weak, bf16_, progress);

  HumanEstimate estimate;
  estimate.features = output.features.permute({0, 3, 1, 2});
  const auto index = output.index.cpu();
  estimate.view = index.select(1, 0).contiguous();
  estimate.score = output.score.cpu();
  estimate.keypoint = output.loc.cpu();
  estimate.detection_features = output.features.index(
      {output.index.select(1, 0), output.index.select(1, 1), output.index.select(1, 2)});
  estimate.keypoint_depth = output.distance.squeeze(1).cpu();

  const std::int64_t N = index.size(0);
  auto rotations = smplx_rotations(output.rotations.cpu());
  if (body_->num_joints() == kSmplxJoints) {
    estimate.betas = torch::cat({output.bodies.betas.cpu(), output.bodies.expression.cpu()}, 1);
  } else {
    rotations = smpl_rotations(rotations);
    estimate.betas = torch::zeros({N, kSmplBetas});
  }
  const auto K_of_person = K.index_select(0, estimate.view);
  const auto unplaced = smpl_joints(body_->joints(estimate.betas, rotations, torch::zeros({N, 3})));
  const auto joints = unplaced + (output.transl.cpu() - unplaced.select(1, kHead)).unsqueeze(1);
  estimate.joints2d = project(joints, K_of_person);
  estimate.box = boxes_around(estimate.joints2d, input_size());

  const auto keypoints = points2(estimate.keypoint);
  for (std::int64_t n = 0; n < N; ++n) {
    const Eigen::Matrix3d ray_from_camera =
        camera_from_ray(matrix3(K_of_person[n]), keypoints[n]).transpose();
    rotations[n][0] = torch::matmul(tensor_of(ray_from_camera), rotations[n][0]);
  }
  estimate.pose6d = sixd_from_matrix(rotations);
  return estimate;
}

}  // namespace ahap

#include "reconstruction/ahap/ahap_heads.h"

#include <cmath>

namespace ahap {

torch::Tensor scene_at_detections(const SceneEstimate& scene, const HumanEstimate& human, double size) {
  const auto device = scene.features.device();
  const auto grid = (human.keypoint / size * 2 - 1).view({1, -1, 1, 2}).to(device);
  auto samples = torch::zeros({human.view.size(0), scene.features.size(1)}, scene.features.options());
  for (int64_t v = 0; v < scene.features.size(0); ++v) {
    const auto rows = torch::nonzero(human.view.eq(v)).flatten().to(device);
    if (rows.size(0) == 0) continue;
    const auto seen =
        at::grid_sampler_2d(scene.features.slice(0, v, v + 1), grid.index_select(1, rows), 0, 1, false);
    samples.index_copy_(0, rows, seen.squeeze(0).squeeze(-1).t());  // (1, C, n, 1) -> (n, C)
  }
  return samples;
}

DetectionFeatures detection_features(const SceneEstimate& scene, const HumanEstimate& human,
                                     const torch::Tensor& rows, double size) {
  const auto of_scene = scene_at_detections(scene, human, size);
  const auto device = of_scene.device();
  return {human.detection_features.index_select(0, rows.to(human.detection_features.device())).to(device),
          of_scene.index_select(0, rows.to(device)), human.view.index_select(0, rows).to(device)};
}

HeadInput head_input(const SceneEstimate& scene, const HumanEstimate& human,
                     const std::vector<int64_t>& detection, const torch::Tensor& person, double size) {
  const auto rows = torch::tensor(detection, torch::kLong);
  const auto of = [&](const torch::Tensor& all) { return all.index_select(0, rows.to(all.device())); };
  HeadInput in;
  in.human = human.features;
  in.scene = scene.features;
  in.size = size;
  in.view = of(human.view);
  in.keypoint = of(human.keypoint);
  in.detection = of(human.detection_features);
  if (human.mask.defined()) in.mask = of(human.mask);
  in.person = person;
  const int64_t P = rows.size(0);
  if (human.pose6d.defined()) {
    in.mean_pose = of(human.pose6d);
    in.mean_betas = of(human.betas);
  } else {
    in.mean_pose = torch::tensor({1.f, 0.f, 0.f, 0.f, 1.f, 0.f}).expand({P, kSmplJoints, 6});
    in.mean_betas = torch::zeros({P, kSmplBetas});
  }
  use_calibration(scene.K, human.keypoint_depth.defined() ? of(human.keypoint_depth) : torch::Tensor(), in);
  return in;
}

void use_calibration(const torch::Tensor& K, const torch::Tensor& keypoint_depth, HeadInput& input) {
  input.K = K;
  const auto f = K.index_select(0, input.view).select(1, 0).select(1, 0);
  input.mean_log_depth = keypoint_depth.defined() ? torch::log(keypoint_depth * focal_60(input.size) / f)
                                                  : torch::full({input.view.size(0)}, std::log(4.0));
}

}  // namespace ahap

#include "reconstruction/ahap/ahap_heads.h"

#include <cmath>

namespace ahap {

torch::Tensor scene_at_detections(const SceneEstimate& scene, const HumanEstimate& human, double size) {
  const auto grid = (human.keypoint / size * 2 - 1).view({-1, 1, 1, 2});
  std::vector<torch::Tensor> samples;
  for (int64_t n = 0; n < human.view.size(0); ++n) {
    const int64_t v = human.view[n].item<int64_t>();
    samples.push_back(
        at::grid_sampler_2d(scene.features.slice(0, v, v + 1), grid.slice(0, n, n + 1), 0, 1, false)
            .flatten(1));
  }
  return samples.empty() ? torch::zeros({0, scene.features.size(1)}) : torch::cat(samples);
}

HeadInput head_input(const SceneEstimate& scene, const HumanEstimate& human,
                     const std::vector<int64_t>& detection, const torch::Tensor& person, double size) {
  const auto rows = torch::tensor(detection, torch::kLong).to(human.view.device());
  HeadInput in;
  in.human = human.features;
  in.scene = scene.features;
  in.K = scene.K;
  in.size = size;
  in.view = human.view.index_select(0, rows);
  in.keypoint = human.keypoint.index_select(0, rows);
  in.detection = human.detection_features.index_select(0, rows);
  if (human.mask.defined()) in.mask = human.mask.index_select(0, rows);
  in.person = person;
  const int64_t P = rows.size(0);
  if (human.pose6d.defined()) {
    in.mean_pose = human.pose6d.index_select(0, rows);
    in.mean_betas = human.betas.index_select(0, rows);
  } else {
    in.mean_pose =
        torch::tensor({1.f, 0.f, 0.f, 0.f, 1.f, 0.f}).to(person.device()).expand({P, kSmplJoints, 6});
    in.mean_betas = torch::zeros({P, kSmplBetas}, person.options());
  }
  const auto f = scene.K.index_select(0, in.view).select(1, 0).select(1, 0);
  in.mean_log_depth = human.keypoint_depth.defined()
                          ? torch::log(human.keypoint_depth.index_select(0, rows) * focal_60(size) / f)
                          : torch::full({P}, std::log(4.0), person.options());
  return in;
}

}  // namespace ahap

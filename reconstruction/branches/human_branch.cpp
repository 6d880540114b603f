#include "reconstruction/branches/human_branch.h"

#include "reconstruction/networks/square_input.h"

namespace ahap {

HumanEstimate estimate_humans(HumanBranch& branch, const std::vector<const Image*>& images,
                              const torch::Tensor& input, const SceneEstimate& scene,
                              const DetectionThresholds& thresholds, const Progress& progress) {
  const int S = int(input.size(3)), size = branch.input_size();
  if (size == S) return branch.estimate(input, scene, thresholds, progress);
  const SquareInput own = square_input(images, size, branch.input_filter());
  HumanEstimate human = branch.estimate(own.images, scene, thresholds, progress);
  const double ratio = double(S) / size;
  human.keypoint = human.keypoint * ratio;
  human.box = human.box * ratio;
  for (auto* pixels : {&human.joints2d, &human.joints2d_sigma, &human.keypoint_sigma}) {
    if (pixels->defined()) *pixels = *pixels * ratio;
  }
  return human;
}

}  // namespace ahap

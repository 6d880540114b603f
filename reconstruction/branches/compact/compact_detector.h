#pragma once

#include <torch/torch.h>

#include <Eigen/Core>
#include <vector>

#include "reconstruction/networks/conv_blocks.h"

namespace ahap {

// Dense maps on the scene features' grid (stride 4 of the square input).
struct DetectionMaps {
  torch::Tensor features;  // (V, C, h, w)
  torch::Tensor heat;      // (V, h, w) logits, peaks at the pelvis of each visible person
  torch::Tensor mask;      // (V, h, w) logits, any person
  torch::Tensor
      vote;  // (V, 2, h, w) from the cell's centre to the own person's pelvis, in kVoteUnit of the side
  torch::Tensor log_range;  // (V, h, w) focal-free distance of the own person's pelvis
                            // (branches/compact/compact_scene.h)
};
constexpr double kVoteUnit = 0.1;  // of the square input's side

struct CompactDetectorImpl : torch::nn::Module {
  CompactDetectorImpl(int in, int hidden)
      : head(register_module("head", conv(in, hidden, 3))),
        maps(register_module("maps", conv(hidden, 5, 1))) {
    torch::NoGradGuard no_grad;
    maps->bias.index_put_({0}, -4.0);  // few cells are peaks
  }
  DetectionMaps forward(const torch::Tensor& features) {
    DetectionMaps result;
    result.features = torch::relu(head(features));
    const auto m = maps(result.features).to(torch::kFloat);
    result.heat = m.select(1, 0);
    result.mask = m.select(1, 1);
    result.vote = m.slice(1, 2, 4);
    result.log_range = m.select(1, 4);
    return result;
  }
  torch::nn::Conv2d head, maps;
};
TORCH_MODULE(CompactDetector);

// One person in one view, square input normalised to 0..1.
struct Instance {
  int view = 0;
  double score = 0;
  Eigen::Vector2d pelvis{0, 0};  // fraction of the side
  double log_range = 0;          // focal-free
  torch::Tensor mask;            // (h, w) 0..1 on the maps' grid
};

struct DetectionOptions {
  double threshold = 0.3;  // of the heat
  double mask_threshold = 0.4;
  bool hidden_people = false;  // also those who show no peak
};

// Peaks of the heat (5 x 5 maxima), and each mask cell to the nearest voted peak. Hidden people come after
// them, view by view: their pelvis is behind something or beside another's, and cells of what is seen of them
// agree on where; their score is the heat there but less than the threshold, and their cells may be in a
// peak's mask too.
std::vector<Instance> find_instances(const DetectionMaps& maps, const DetectionOptions& options);

}  // namespace ahap

#pragma once

#include <torch/torch.h>

#include <vector>

#include "reconstruction/branches/human3r/cross_blocks.h"

namespace ahap {

struct PoseMemoryConfig {
  int feature_dim = 0;  // channels of an image's mean token
  int dim = 0;          // channels D of a pose token
  int slots = 0;        // K
  int depth = 0;        // blocks that read, and as many that write
};

// CUT3R's memory of where pictures were taken: slots of an image's key and its pose token. Parameters carry
// the official names.
struct PoseMemoryImpl : torch::nn::Module {
  explicit PoseMemoryImpl(const PoseMemoryConfig& config);
  // The memory (1, K, 2 D) before the first frame.
  const torch::Tensor& initial() const { return mem_; }
  // A coarse pose token (1, 1, D) for an image whose mean token is (1, 1, E).
  torch::Tensor read(const torch::Tensor& memory, const torch::Tensor& image_mean);
  // The memory after an image with its refined pose token.
  torch::Tensor write(torch::Tensor memory, const torch::Tensor& image_mean, const torch::Tensor& pose_token);

 private:
  torch::Tensor mem_, masked_token_;
  FrozenLinear proj_q_{nullptr};
  std::vector<CrossBlock> read_blocks_, write_blocks_;
};
TORCH_MODULE(PoseMemory);

}  // namespace ahap

#pragma once

#include <torch/torch.h>

#include <vector>

#include "reconstruction/branches/human3r/tensor_observer.h"
#include "reconstruction/networks/dinov2.h"
#include "reconstruction/networks/frozen_layers.h"
#include "reconstruction/progress.h"

namespace ahap {

constexpr int kCropSide = 256;                  // pixels of the square around a person
constexpr const char* kPersonStage = "people";  // for progress reports
constexpr int kCropHeadDim = 80;                // channels of an attention head

// The defaults are the published sizes.
struct CropBackboneConfig {
  int dim = 1280;  // channels C, a multiple of kCropHeadDim
  int depth = 32;  // blocks
};

// The vision transformer of ViTPose (Xu et al. 2022; ViT-H, patch 16) that looks at the middle of a person's
// square. Parameters carry the official names.
struct CropBackboneImpl : torch::nn::Module {
  explicit CropBackboneImpl(const CropBackboneConfig& config);
  // crops (S, 3, 256, 256) in 0..1, not normalised -> (S, 192, C): tokens of 16 x 12 patches, row by row. One
  // crop after the other.
  torch::Tensor forward(const torch::Tensor& crops, const Progress& progress = {},
                        const TensorObserver& observe = {});

  CropBackboneConfig config;
  torch::Tensor pos_embed;  // (1, 1 + 192, C)
  FrozenConv2d patch_embed{nullptr};
  std::vector<VitBlock> blocks;
  FrozenLayerNorm last_norm{nullptr};
};
TORCH_MODULE(CropBackbone);

}  // namespace ahap

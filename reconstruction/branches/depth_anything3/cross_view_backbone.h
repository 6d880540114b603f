#pragma once

#include <torch/torch.h>

#include <array>
#include <functional>

#include "reconstruction/networks/dinov2.h"

namespace ahap {

constexpr int kTaps = 4;  // feature maps that leave the backbone

struct CrossViewConfig {
  DinoV2Config vit;
  int alternation_start = 0;               // from here on odd blocks are global, even ones local
  std::array<int, kTaps> output_blocks{};  // counted from 0; all of them global
};

// S views, ph x pw patches, C channels; in the caller's order of views.
struct CrossViewFeatures {
  // Of every output block, (S, ph pw, 2C): the residual stream of the local block before it | the normalised
  // output of the global block.
  std::array<torch::Tensor, kTaps> patches;
  torch::Tensor camera;    // (S, 2C), both halves as they are in the camera slot at the last output block
  int reference_view = 0;  // whose camera slot is marked as the first
};

// The view whose class token (S, C) lies closest to the middle in similarity to the others, norm and variance
// (the rule that the official code calls saddle_balanced).
int select_reference_view(const torch::Tensor& class_tokens);

// DINOv2 over several views (Depth Anything 3, arXiv 2511.10647): later blocks attend alternately within each
// view and across all views, and the class token's slot becomes the view's camera token.
struct CrossViewBackboneImpl : DinoV2Impl {
  explicit CrossViewBackboneImpl(const CrossViewConfig& config);
  // Normalised images (S, 3, H, W); camera_tokens (S, C) of known cameras, or undefined. `on_block` hears the
  // fraction of the blocks that are done.
  CrossViewFeatures forward(const torch::Tensor& images, const torch::Tensor& camera_tokens,
                            const std::function<void(double)>& on_block);

  CrossViewConfig cross_view;
  torch::Tensor camera_token;  // (1, 2, C): of the reference view, of all others
};
TORCH_MODULE(CrossViewBackbone);

}  // namespace ahap

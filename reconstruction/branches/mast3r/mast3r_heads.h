#pragma once

#include <torch/torch.h>

#include <array>
#include <memory>
#include <string>

#include "reconstruction/branches/human3r/pixel_head.h"

namespace ahap {

constexpr int kDescriptorDim = 24;

enum class Mast3rHeadKind {
  dpt,          // "catmlp+dpt", as published
  convolution,  // "catconv", MASt3R's light head
  linear        // DUSt3R's, without descriptors
};

struct Mast3rHeadConfig {
  Mast3rHeadKind kind = Mast3rHeadKind::dpt;
  int encoder_dim = 0, decoder_dim = 0;
  // Of the points' head: of "catmlp+dpt", and the channels between the convolutions of "catconv".
  std::array<int, 4> stage_dims{};
  int fused_dim = 0, hidden = 0;
};

// What the network says of every pixel of one image of a pair, in the frame of the pair's first camera: x
// right, y down, z forward; metres by training.
struct Mast3rView {
  torch::Tensor points;                 // (H, W, 3)
  torch::Tensor confidence;             // (H, W), above 1
  torch::Tensor descriptors;            // (H, W, 24), unit vectors; undefined of the linear head
  torch::Tensor descriptor_confidence;  // (H, W), above 0; likewise
};

// Patch tokens on the way through the decoder, (1, N, .): the encoder's, after half and three quarters of the
// blocks, and the last, normalised.
using DecoderTokens = std::array<torch::Tensor, 4>;

// One image's head, with the official parameter names.
struct Mast3rHeadImpl : torch::nn::Module {
  explicit Mast3rHeadImpl(const Mast3rHeadConfig& config);
  // Told: `name`.local, the points' raw channels as `name`.out, and what is between, as PixelHead tells it.
  Mast3rView forward(const DecoderTokens& tokens, std::int64_t rows, std::int64_t columns,
                     const std::string& name, const TensorObserver& observe = {});

  Mast3rHeadConfig config;

 private:
  // (4, H, W)
  torch::Tensor raw_points(const DecoderTokens& tokens, std::int64_t rows, std::int64_t columns,
                           const std::string& name, const TensorObserver& observe);
  PixelHead dpt_{nullptr};
  std::array<FrozenLinear, 2> points_mlp_{FrozenLinear{nullptr}, FrozenLinear{nullptr}},
      local_mlp_ = points_mlp_;
  FrozenConv2d points_conv_{nullptr}, points_out_{nullptr};
  FrozenLinear proj_{nullptr};
};
TORCH_MODULE(Mast3rHead);

}  // namespace ahap

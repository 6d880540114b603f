#pragma once

#include <torch/torch.h>

#include <vector>

#include "reconstruction/networks/frozen_layers.h"

namespace ahap {

constexpr int kWholeBodyRotations =
    53;  // root, SMPL-X joints 1..21, 15 of the left hand, 15 of the right hand, jaw
constexpr int kExpressions = 10;

struct PersonDecoderConfig {
  int context_dim = 0;  // channels of a context token: features | camera rays
  int grid = 0;         // patches per side that the position tables know
  int betas = 10;
  int layers = 2;
};

// n people of one image, SMPL-X numbers.
struct WholeBodies {
  torch::Tensor pose6d;      // (n, 53 * 6), columns of rotation matrices before they are made orthonormal
  torch::Tensor betas;       // (n, B)
  torch::Tensor camera;      // (n, 3); the first number is the logarithm of the distance
  torch::Tensor expression;  // (n, 10)
};

// Multi-HMR's human perception head (Baradel et al., ECCV 2024): every detection is one query that attends to
// the other people and to the image's tokens. Parameters carry the official names.
struct PersonDecoderImpl : torch::nn::Module {
  explicit PersonDecoderImpl(const PersonDecoderConfig& config);
  // The tokens of one image (h, w, context_dim) and its detections' patch rows and columns, (n) int64 each.
  WholeBodies forward(const torch::Tensor& tokens, const torch::Tensor& row, const torch::Tensor& column);

 private:
  struct Layer {
    FrozenLayerNorm self_norm{nullptr}, cross_norm{nullptr}, mlp_norm{nullptr};
    FrozenLinear to_qkv{nullptr}, self_out{nullptr};                 // among the people
    FrozenLinear to_q{nullptr}, to_kv{nullptr}, cross_out{nullptr};  // from the people to the image
    FrozenLinear fc1{nullptr}, fc2{nullptr};
  };
  Layer make_layer(int index);
  // x (1, n, dim), context (1, h w, context_dim)
  static torch::Tensor apply(Layer& layer, torch::Tensor x, const torch::Tensor& context);

  PersonDecoderConfig config_;
  torch::Tensor query_rows_, query_columns_, value_rows_, value_columns_;  // (grid, context_dim)
  torch::Tensor mean_pose_, mean_betas_, mean_camera_, mean_expression_;   // (1, .)
  torch::Tensor position_;                                                 // (1, 1, dim)
  FrozenLinear embed_{nullptr};
  std::vector<Layer> layers_;
  FrozenLinear pose_{nullptr}, shape_{nullptr}, camera_{nullptr}, expression_{nullptr};
};
TORCH_MODULE(PersonDecoder);

}  // namespace ahap

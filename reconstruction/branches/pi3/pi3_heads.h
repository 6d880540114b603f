#pragma once

#include <torch/torch.h>

#include <array>
#include <memory>
#include <vector>

#include "reconstruction/networks/dinov2.h"

// What Pi3 and Pi3X make of the decoder's tokens. Parameters carry the official names. V views of H x W
// pixels, P = ph pw patches, T tokens: the decoder's registers, then the patches.
namespace ahap {

// Transformer blocks on the tokens of each view by itself, (V, T, in) -> (V, T, out).
struct HeadDecoderImpl : torch::nn::Module {
  HeadDecoderImpl(int in, int dim, int blocks, int out);
  torch::Tensor forward(const torch::Tensor& hidden, const RotaryEmbedding& rotary);
  FrozenLinear projects{nullptr}, linear_out{nullptr};
  std::vector<VitBlock> blocks;
};
TORCH_MODULE(HeadDecoder);

// The rotation nearest to the 3 x 3 matrix whose rows are the numbers (V, 9), each row at length 1:
// (V, 3, 3).
torch::Tensor rotations_from_nine(const torch::Tensor& numbers);

// Patch tokens (V, P, dim) -> camera-to-world poses (V, 4, 4).
struct CameraHeadImpl : torch::nn::Module {
  explicit CameraHeadImpl(int dim);
  torch::Tensor forward(const torch::Tensor& tokens);

 private:
  std::vector<std::array<FrozenLinear, 3>> residuals_;
  FrozenLinear hidden1_{nullptr}, hidden2_{nullptr}, translation_{nullptr}, rotation_{nullptr};
};
TORCH_MODULE(CameraHead);

// Patch tokens of one view (1, P, dim) -> values of its pixels (1, channels, H, W).
struct DenseHead : torch::nn::Module {
  virtual torch::Tensor forward(const torch::Tensor& tokens, std::int64_t height, std::int64_t width) = 0;
};

// Of Pi3: every token holds the pixels of its patch.
struct PatchHead : DenseHead {
  PatchHead(int dim, int channels);
  torch::Tensor forward(const torch::Tensor& tokens, std::int64_t height, std::int64_t width) override;
  FrozenLinear proj{nullptr};
};

// Of a map of h x w cells over an image of the given aspect ratio (width / height): (2, h, w), u then v at
// the cells' centres in a rectangle of that aspect ratio and diagonal 2.
torch::Tensor uv_map(std::int64_t h, std::int64_t w, double aspect);

// Of Pi3X: the map of the tokens is enlarged three times by convolutions, which are told where they are.
struct ConvolutionHead : DenseHead {
  // stage_dims: channels after each enlargement; outputs: channels of each of the parallel last layers, which
  // stand one after the other in the result.
  ConvolutionHead(int dim, const std::array<int, 3>& stage_dims, const std::vector<int>& outputs);
  torch::Tensor forward(const torch::Tensor& tokens, std::int64_t height, std::int64_t width) override;

 private:
  struct Residual {
    FrozenGroupNorm norm1{nullptr}, norm2{nullptr};
    FrozenConv2d conv1{nullptr}, conv2{nullptr};
  };
  struct Stage {
    FrozenUpsample enlarge{nullptr};
    FrozenConv2d conv{nullptr};
    std::array<Residual, 2> residuals;
  };
  struct Output {
    FrozenConv2d conv1{nullptr}, conv2{nullptr};
  };
  std::vector<Stage> stages_;
  std::vector<Output> outputs_;
};

// Attention of a few queries to a context that stays as it is; then a feed-forward part.
struct MetricBlockImpl : torch::nn::Module {
  explicit MetricBlockImpl(int dim);
  // x (1, Q, dim), all at the origin of the rotary embedding; context (1, M, dim) at the given positions.
  torch::Tensor forward(torch::Tensor x, const torch::Tensor& context, const RotaryEmbedding& positions);
  int heads;
  FrozenLayerNorm norm2{nullptr}, norm_y{nullptr}, norm3{nullptr};
  FrozenLinear q_proj{nullptr}, k_proj{nullptr}, v_proj{nullptr}, proj{nullptr};
  FeedForward mlp{nullptr};
};
TORCH_MODULE(MetricBlock);

// One token that reads the hidden tokens of all views, (1, M, in) -> (1, dim).
struct MetricDecoderImpl : torch::nn::Module {
  MetricDecoderImpl(int in, int dim, int blocks);
  torch::Tensor forward(const torch::Tensor& token, const torch::Tensor& hidden,
                        const RotaryEmbedding& positions);
  FrozenLinear projects_x{nullptr}, projects_y{nullptr}, linear_out{nullptr};
  std::vector<MetricBlock> blocks;
};
TORCH_MODULE(MetricDecoder);

}  // namespace ahap

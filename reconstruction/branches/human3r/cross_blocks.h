#pragma once

#include <torch/torch.h>

#include "reconstruction/networks/dinov2.h"
#include "reconstruction/networks/frozen_layers.h"

// The transformer blocks of CroCo (Weinzaepfel et al. 2022, 2023) in which one set of tokens looks at
// another, with the parameter names of the networks that descend from it. Batch of one, all LayerNorms with
// eps 1e-6.
namespace ahap {

// Queries from x (1, N, C), keys and values from y (1, M, C).
struct CrossAttentionImpl : torch::nn::Module {
  CrossAttentionImpl(int dim, int heads);
  // mean_logit, when wanted: (N) float64, every query's mean over heads and keys of q k^T / sqrt(d).
  torch::Tensor forward(const torch::Tensor& x, const torch::Tensor& y, const RotaryEmbedding* rotary_x,
                        const RotaryEmbedding* rotary_y, torch::Tensor* mean_logit);
  int heads;
  FrozenLinear projq{nullptr}, projk{nullptr}, projv{nullptr}, proj{nullptr};
};
TORCH_MODULE(CrossAttention);

// x += attention(LN(x)); x += cross-attention(LN(x), LN(y)); x += MLP(LN(x)).
struct CrossBlockImpl : torch::nn::Module {
  CrossBlockImpl(int dim, int heads);
  // x (1, N, C), y (1, M, C) -> (1, N, C)
  torch::Tensor forward(torch::Tensor x, const torch::Tensor& y, const RotaryEmbedding* rotary_x = nullptr,
                        const RotaryEmbedding* rotary_y = nullptr, torch::Tensor* mean_logit = nullptr);
  FrozenLayerNorm norm1{nullptr}, norm2{nullptr}, norm3{nullptr}, norm_y{nullptr};
  VitAttention attn{nullptr};
  CrossAttention cross_attn{nullptr};
  FeedForward mlp{nullptr};
};
TORCH_MODULE(CrossBlock);

// LN(x) (1 + scale) + shift, with (shift | scale) = linear(SiLU(condition)).
struct ModulatedNormImpl : torch::nn::Module {
  explicit ModulatedNormImpl(int dim);
  torch::Tensor forward(const torch::Tensor& x, const torch::Tensor& condition);
  FrozenLayerNorm norm{nullptr};
  FrozenLinear linear{nullptr};
};
TORCH_MODULE(ModulatedNorm);

// x += attention(mod(x)); x += MLP(mod(x)).
struct ModulatedBlockImpl : torch::nn::Module {
  ModulatedBlockImpl(int dim, int heads);
  // x (1, N, C), condition (1, 1, C) -> (1, N, C)
  torch::Tensor forward(torch::Tensor x, const torch::Tensor& condition, const RotaryEmbedding& rotary);
  ModulatedNorm norm1{nullptr}, norm2{nullptr};
  VitAttention attn{nullptr};
  FeedForward mlp{nullptr};
};
TORCH_MODULE(ModulatedBlock);

}  // namespace ahap

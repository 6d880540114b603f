#pragma once

#include <torch/torch.h>

#include <array>
#include <functional>
#include <string>
#include <vector>

#include "reconstruction/checkpoints/checkpoint.h"
#include "reconstruction/networks/frozen_layers.h"

// The DINOv2 vision transformer (Oquab et al. 2023; patch 14), the backbone of Depth Anything 3, of
// Multi-HMR and of Human3R's people, and with registers (Darcet et al. 2024) of Pi3. Parameters carry the
// names of the official weight files.
namespace ahap {

constexpr int kPatch = 14;                    // pixels
constexpr int kHeadDim = 64;                  // channels of an attention head
constexpr int kTrainedGrid = 37;              // patches per side at the training size of 518 pixels
constexpr std::int64_t kMaxScores = 1 << 22;  // of attention held at once

// Two-dimensional rotary position embedding of T tokens (base 100): the first half of a head's channels turns
// with the row, the second with the column.
struct RotaryEmbedding {
  torch::Tensor cos, sin;  // (T, 2, d / 4)

  // positions (T, 2): row and column, which may be negative; d channels of a head, a multiple of 4.
  explicit RotaryEmbedding(const torch::Tensor& positions, int head_dim = kHeadDim);
  // x (B, heads, T, d) -> the same.
  torch::Tensor turn(const torch::Tensor& x) const;
};

// softmax(q k^T / sqrt(d)) v, for q (B, H, N, d), k and v (B, H, M, d), a few rows of the score matrix at a
// time so that it is never held whole.
torch::Tensor attend_by_rows(const torch::Tensor& q, const torch::Tensor& k, const torch::Tensor& v);

struct VitBlockOptions {
  int dim = 0;
  int heads = 0;
  int hidden = 0;        // of the feed-forward part
  bool swiglu = false;   // else an MLP with GELU
  bool qk_norm = false;  // LayerNorm on every head's queries and keys
  bool layer_scale = true;
  double eps = 1e-6;  // of the block's two LayerNorms
};

struct VitAttentionImpl : torch::nn::Module {
  explicit VitAttentionImpl(const VitBlockOptions& options);
  torch::Tensor forward(const torch::Tensor& x, const RotaryEmbedding* rotary);
  // x (B, T, C) -> queries, keys and values, each (B, heads, T, d).
  std::array<torch::Tensor, 3> queries_keys_values(const torch::Tensor& x);
  // (B, heads, T, d) -> (B, T, C)
  torch::Tensor project(const torch::Tensor& attended);
  int heads;
  FrozenLinear qkv{nullptr}, proj{nullptr};
  FrozenLayerNorm q_norm{nullptr}, k_norm{nullptr};
};
TORCH_MODULE(VitAttention);

// fc2(GELU(fc1(x))), or w3(SiLU(a) * b) with (a | b) = w12(x).
struct FeedForwardImpl : torch::nn::Module {
  explicit FeedForwardImpl(const VitBlockOptions& options);
  torch::Tensor forward(const torch::Tensor& x);
  bool swiglu;
  FrozenLinear in{nullptr}, out{nullptr};
};
TORCH_MODULE(FeedForward);

// x += g1 attention(LN(x)); x += g2 feed-forward(LN(x)). Without LayerScale g1 and g2 are 1.
struct VitBlockImpl : torch::nn::Module {
  explicit VitBlockImpl(const VitBlockOptions& options);
  // x (B, T, C) -> (B, T, C)
  torch::Tensor forward(torch::Tensor x, const RotaryEmbedding* rotary = nullptr);
  FrozenLayerNorm norm1{nullptr}, norm2{nullptr};
  VitAttention attn{nullptr};
  FeedForward mlp{nullptr};
  torch::Tensor gamma1, gamma2;  // (C); undefined without LayerScale
};
TORCH_MODULE(VitBlock);

struct DinoV2Config {
  int dim = 0;     // channels C: 384 (Small), 768 (Base), 1024 (Large), 1536 (Giant)
  int depth = 0;   // blocks
  int hidden = 0;  // of the feed-forward parts
  bool swiglu = false;
  int qk_norm_start = 0;   // first block with normalised queries and keys; `depth` when there is none
  double norm_eps = 1e-6;  // of the final LayerNorm
  int channels = 3;        // of the images
  int registers = 0;       // tokens R between the class token and the patches
};

// The sizes that the tensors under `prefix` ("backbone.encoder.") show. Throws a sentence with file and
// tensor.
DinoV2Config dinov2_config(const Checkpoint& checkpoint, const std::string& prefix);

// pos_embed (1, 1 + m * m, C) for a grid of rows x columns patches: (1, 1 + rows * columns, C). Bicubic, as
// the official code does it: with the scale (n + 0.1) / m, or, for DINOv2 with registers, antialiased.
torch::Tensor interpolate_positions(const torch::Tensor& pos_embed, std::int64_t rows, std::int64_t columns,
                                    bool antialiased = false);

struct DinoV2Impl : torch::nn::Module {
  explicit DinoV2Impl(const DinoV2Config& config);
  // Normalised images (V, 3, H, W), sides multiples of 14 -> class, register and patch tokens
  // (V, 1 + R + N, C).
  torch::Tensor embed(const torch::Tensor& images);
  // The same through all blocks and the final LayerNorm; patches alone, (V, N, C). `on_block` hears the
  // fraction of the blocks that are done.
  torch::Tensor patches(const torch::Tensor& images, const std::function<void(double)>& on_block = {});

  DinoV2Config config;
  torch::Tensor cls_token, pos_embed, register_tokens;
  FrozenConv2d patch_embed{nullptr};
  std::vector<VitBlock> blocks;
  FrozenLayerNorm norm{nullptr};
};
TORCH_MODULE(DinoV2);

// Images in 0..1, (V, 3, H, W), normalised by the mean and standard deviation of ImageNet's colours.
torch::Tensor normalize_colors(const torch::Tensor& images);

}  // namespace ahap

#include "reconstruction/networks/dinov2.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace ahap {
namespace {

constexpr double kRotaryBase = 100;
constexpr double kQkNormEps = 1e-5;

}  // namespace

RotaryEmbedding::RotaryEmbedding(const torch::Tensor& positions, int head_dim) {
  const std::int64_t bands = head_dim / 4;
  const auto exponent = torch::arange(bands, positions.options().dtype(torch::kDouble)) / double(bands);
  const auto angles = positions.to(torch::kDouble).unsqueeze(-1) * torch::pow(kRotaryBase, -exponent);
  cos = angles.cos().to(torch::kFloat);
  sin = angles.sin().to(torch::kFloat);
}

torch::Tensor RotaryEmbedding::turn(const torch::Tensor& x) const {
  const auto parts =
      x.unflatten(-1, {2, 2, x.size(-1) / 4});  // (..., T, row or column, first or second part, d / 4)
  const auto a = parts.select(-2, 0), b = parts.select(-2, 1);
  return torch::stack({a * cos - b * sin, b * cos + a * sin}, -2).flatten(-3);
}

torch::Tensor attend_by_rows(const torch::Tensor& q, const torch::Tensor& k, const torch::Tensor& v) {
  if (attends_on_cpu(q, k, v)) return attend_on_cpu(q, k, v);
  const std::int64_t N = q.size(2), batch = q.size(0) * q.size(1);
  const std::int64_t rows = std::max<std::int64_t>(1, kMaxScores / (batch * k.size(2)));
  const auto flat = [](const torch::Tensor& x) { return x.contiguous().flatten(0, 1); };  // (B H, ., d)
  const auto queries = flat(q * (1.0 / std::sqrt(double(q.size(-1)))));
  const auto keys = flat(k).transpose(1, 2), values = flat(v);
  const auto product = [](const torch::Tensor& a, const torch::Tensor& b) {
    return product_in_scope(a, b,
                            [](const auto& left, const auto& right) { return torch::bmm(left, right); });
  };
  std::vector<torch::Tensor> parts;
  for (std::int64_t first = 0; first < N; first += rows) {
    const auto scores = product(queries.slice(1, first, std::min(N, first + rows)), keys);
    parts.push_back(product(torch::softmax(scores, -1), values));
  }
  return torch::cat(parts, 1).unflatten(0, {q.size(0), q.size(1)});
}

VitAttentionImpl::VitAttentionImpl(const VitBlockOptions& options) : heads(options.heads) {
  qkv = register_module("qkv", FrozenLinear(options.dim, 3 * options.dim));
  proj = register_module("proj", FrozenLinear(options.dim, options.dim));
  if (!options.qk_norm) return;
  q_norm = register_module("q_norm", FrozenLayerNorm(options.dim / heads, kQkNormEps));
  k_norm = register_module("k_norm", FrozenLayerNorm(options.dim / heads, kQkNormEps));
}

std::array<torch::Tensor, 3> VitAttentionImpl::queries_keys_values(const torch::Tensor& x) {
  const std::int64_t B = x.size(0), T = x.size(1), C = x.size(2);
  const auto qkv_heads =
      qkv(x).view({B, T, 3, heads, C / heads}).permute({2, 0, 3, 1, 4});  // (3, B, heads, T, d)
  auto q = qkv_heads[0], k = qkv_heads[1];
  if (q_norm) {
    q = q_norm(q.to(torch::kFloat));
    k = k_norm(k.to(torch::kFloat));
  }
  return {q, k, qkv_heads[2]};
}

torch::Tensor VitAttentionImpl::project(const torch::Tensor& attended) {
  return proj(attended.transpose(1, 2).flatten(2));
}

torch::Tensor VitAttentionImpl::forward(const torch::Tensor& x, const RotaryEmbedding* rotary) {
  auto [q, k, v] = queries_keys_values(x);
  if (rotary) {
    q = rotary->turn(q);
    k = rotary->turn(k);
  }
  return project(attend_by_rows(q, k, v));
}

FeedForwardImpl::FeedForwardImpl(const VitBlockOptions& options) : swiglu(options.swiglu) {
  in = register_module(swiglu ? "w12" : "fc1", FrozenLinear(options.dim, (swiglu ? 2 : 1) * options.hidden));
  out = register_module(swiglu ? "w3" : "fc2", FrozenLinear(options.hidden, options.dim));
}

torch::Tensor FeedForwardImpl::forward(const torch::Tensor& x) {
  if (!swiglu) return out(in(x, Activation::gelu));
  const auto halves = in(x).chunk(2, -1);
  return out(torch::silu(halves[0]) * halves[1]);
}

VitBlockImpl::VitBlockImpl(const VitBlockOptions& options)
    : norm1(register_module("norm1", FrozenLayerNorm(options.dim, options.eps))),
      norm2(register_module("norm2", FrozenLayerNorm(options.dim, options.eps))),
      attn(register_module("attn", VitAttention(options))),
      mlp(register_module("mlp", FeedForward(options))) {
  if (!options.layer_scale) return;
  const auto scale = [&](const char* name) {
    return frozen_parameter(*register_module(name, std::make_shared<torch::nn::Module>(name)), "gamma",
                            {options.dim});
  };
  gamma1 = scale("ls1");
  gamma2 = scale("ls2");
}

torch::Tensor VitBlockImpl::forward(torch::Tensor x, const RotaryEmbedding* rotary) {
  const auto scaled = [](const torch::Tensor& gamma, const torch::Tensor& y) {
    return gamma.defined() ? gamma * y : y;
  };
  x = x + scaled(gamma1, attn(norm1(x), rotary));
  return x + scaled(gamma2, mlp(norm2(x)));
}

DinoV2Config dinov2_config(const Checkpoint& checkpoint, const std::string& prefix) {
  const auto block = [&](int i) { return prefix + "blocks." + std::to_string(i) + "."; };
  const auto has = [&](const std::string& name) { return checkpoint.tensors.contains(name); };
  DinoV2Config config;
  const torch::Tensor& cls_token = checkpoint.at(prefix + "cls_token");
  config.dim = cls_token.dim() == 3 ? int(cls_token.size(2)) : 0;
  if (config.dim <= 0 || config.dim % kHeadDim != 0) {
    throw std::runtime_error(checkpoint.file.string() + ": tensor " + prefix +
                             "cls_token does not have the shape (1, 1, C) with C a multiple of 64");
  }
  while (has(block(config.depth) + "norm1.weight")) ++config.depth;
  config.swiglu = has(block(0) + "mlp.w3.weight");
  const std::string out = block(0) + (config.swiglu ? "mlp.w3.weight" : "mlp.fc2.weight");
  const torch::Tensor& weight = checkpoint.at(out);
  if (weight.dim() != 2)
    throw std::runtime_error(checkpoint.file.string() + ": tensor " + out + " is not a matrix");
  config.hidden = int(weight.size(1));
  while (config.qk_norm_start < config.depth && !has(block(config.qk_norm_start) + "attn.q_norm.weight"))
    ++config.qk_norm_start;
  if (has(prefix + "register_tokens")) {
    const torch::Tensor& registers = checkpoint.at(prefix + "register_tokens");
    config.registers = registers.dim() == 3 ? int(registers.size(1)) : 0;
  }
  return config;
}

torch::Tensor interpolate_positions(const torch::Tensor& pos_embed, std::int64_t rows, std::int64_t columns,
                                    bool antialiased) {
  const std::int64_t C = pos_embed.size(2), side = std::lround(std::sqrt(double(pos_embed.size(1) - 1)));
  if (rows == side && columns == side) return pos_embed;
  const auto grid = pos_embed.slice(1, 1).transpose(1, 2).reshape({1, C, side, side});
  const auto resized = antialiased
                           ? at::_upsample_bicubic2d_aa(grid, {rows, columns}, /*align_corners=*/false)
                           : at::upsample_bicubic2d(grid, {rows, columns}, /*align_corners=*/false,
                                                    (double(rows) + 0.1) / double(side),
                                                    (double(columns) + 0.1) / double(side));
  return torch::cat({pos_embed.slice(1, 0, 1), resized.flatten(2).transpose(1, 2)}, 1);
}

DinoV2Impl::DinoV2Impl(const DinoV2Config& config) : config(config) {
  cls_token = frozen_parameter(*this, "cls_token", {1, 1, config.dim});
  pos_embed = frozen_parameter(*this, "pos_embed", {1, 1 + kTrainedGrid * kTrainedGrid, config.dim});
  if (config.registers > 0)
    register_tokens = frozen_parameter(*this, "register_tokens", {1, config.registers, config.dim});
  patch_embed = place(*this, "patch_embed.proj", FrozenConv2d(config.channels, config.dim, kPatch, kPatch));
  for (int i = 0; i < config.depth; ++i) {
    VitBlockOptions options{.dim = config.dim, .heads = config.dim / kHeadDim, .hidden = config.hidden};
    options.swiglu = config.swiglu;
    options.qk_norm = i >= config.qk_norm_start;
    blocks.push_back(place(*this, "blocks." + std::to_string(i), VitBlock(options)));
  }
  norm = register_module("norm", FrozenLayerNorm(config.dim, config.norm_eps));
}

torch::Tensor DinoV2Impl::embed(const torch::Tensor& images) {
  if (images.dim() != 4 || images.size(1) != config.channels || images.size(2) % kPatch != 0 ||
      images.size(3) % kPatch != 0 || images.numel() == 0) {
    throw std::runtime_error("The network takes images of shape (V, " + std::to_string(config.channels) +
                             ", H, W) with H and W multiples of 14.");
  }
  const Float32Scope exact;  // rounded here, pictures lose more than in all blocks together
  const auto patches = patch_embed(images).flatten(2).transpose(1, 2);  // (V, N, C)
  const auto tokens = torch::cat({cls_token.expand({images.size(0), 1, config.dim}), patches}, 1);
  const bool has_registers = config.registers > 0;
  const auto placed = tokens + interpolate_positions(pos_embed, images.size(2) / kPatch,
                                                     images.size(3) / kPatch, /*antialiased=*/has_registers);
  if (!has_registers) return placed;
  return torch::cat(
      {placed.slice(1, 0, 1), register_tokens.expand({images.size(0), -1, -1}), placed.slice(1, 1)}, 1);
}

torch::Tensor DinoV2Impl::patches(const torch::Tensor& images, const std::function<void(double)>& on_block) {
  auto x = embed(images);
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    x = blocks[i](x);
    if (on_block) on_block(double(i + 1) / double(blocks.size()));
  }
  return norm(x.slice(1, 1 + config.registers));
}

torch::Tensor normalize_colors(const torch::Tensor& images) {
  const auto constant = [&](std::initializer_list<float> values) {
    return torch::tensor(std::vector<float>(values)).view({1, 3, 1, 1}).to(images.device());
  };
  return (images - constant({0.485f, 0.456f, 0.406f})) / constant({0.229f, 0.224f, 0.225f});
}

}  // namespace ahap

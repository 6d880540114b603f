#include "reconstruction/branches/human3r/cross_blocks.h"

#include <cmath>

#include "reconstruction/networks/attention.h"

namespace ahap {
namespace {

constexpr double kNormEps = 1e-6;

VitBlockOptions block_options(int dim, int heads) {
  return {.dim = dim, .heads = heads, .hidden = 4 * dim};
}

}  // namespace

CrossAttentionImpl::CrossAttentionImpl(int dim, int heads)
    : heads(heads),
      projq(register_module("projq", FrozenLinear(dim, dim))),
      projk(register_module("projk", FrozenLinear(dim, dim))),
      projv(register_module("projv", FrozenLinear(dim, dim))),
      proj(register_module("proj", FrozenLinear(dim, dim))) {}

torch::Tensor CrossAttentionImpl::forward(const torch::Tensor& x, const torch::Tensor& y,
                                          const RotaryEmbedding* rotary_x, const RotaryEmbedding* rotary_y,
                                          torch::Tensor* mean_logit) {
  auto q = split_heads(projq(x), heads), k = split_heads(projk(y), heads);  // (1, H, ., d)
  if (rotary_x) q = rotary_x->turn(q);
  if (rotary_y) k = rotary_y->turn(k);
  if (mean_logit) {
    const auto mean_key = k.to(torch::kDouble).mean(2, /*keepdim=*/true);
    *mean_logit =
        (q.to(torch::kDouble) * mean_key).sum(-1).mean(1).squeeze(0) / std::sqrt(double(q.size(-1)));
  }
  return proj(merge_heads(attend_by_rows(q, k, split_heads(projv(y), heads))));
}

CrossBlockImpl::CrossBlockImpl(int dim, int heads)
    : norm1(register_module("norm1", FrozenLayerNorm(dim, kNormEps))),
      norm2(register_module("norm2", FrozenLayerNorm(dim, kNormEps))),
      norm3(register_module("norm3", FrozenLayerNorm(dim, kNormEps))),
      norm_y(register_module("norm_y", FrozenLayerNorm(dim, kNormEps))),
      attn(register_module("attn", VitAttention(block_options(dim, heads)))),
      cross_attn(register_module("cross_attn", CrossAttention(dim, heads))),
      mlp(register_module("mlp", FeedForward(block_options(dim, heads)))) {}

torch::Tensor CrossBlockImpl::forward(torch::Tensor x, const torch::Tensor& y,
                                      const RotaryEmbedding* rotary_x, const RotaryEmbedding* rotary_y,
                                      torch::Tensor* mean_logit) {
  x = x + attn(norm1(x), rotary_x);
  x = x + cross_attn(norm2(x), norm_y(y), rotary_x, rotary_y, mean_logit);
  return x + mlp(norm3(x));
}

ModulatedNormImpl::ModulatedNormImpl(int dim)
    : norm(register_module("norm", FrozenLayerNorm(dim, kNormEps))),
      linear(place(*this, "mlp.1", FrozenLinear(dim, 2 * dim))) {}

torch::Tensor ModulatedNormImpl::forward(const torch::Tensor& x, const torch::Tensor& condition) {
  const auto shift_and_scale = linear(torch::silu(condition)).chunk(2, -1);
  return norm(x) * (1 + shift_and_scale[1]) + shift_and_scale[0];
}

ModulatedBlockImpl::ModulatedBlockImpl(int dim, int heads)
    : norm1(register_module("norm1", ModulatedNorm(dim))),
      norm2(register_module("norm2", ModulatedNorm(dim))),
      attn(register_module("attn", VitAttention(block_options(dim, heads)))),
      mlp(register_module("mlp", FeedForward(block_options(dim, heads)))) {}

torch::Tensor ModulatedBlockImpl::forward(torch::Tensor x, const torch::Tensor& condition,
                                          const RotaryEmbedding& rotary) {
  x = x + attn(norm1(x, condition), &rotary);
  return x + mlp(norm2(x, condition));
}

}  // namespace ahap

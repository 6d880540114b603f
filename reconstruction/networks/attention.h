#pragma once

#include <torch/torch.h>

#include <cmath>

#include "reconstruction/networks/cpu_layers.h"

namespace ahap {

// torch::nn::Linear, faster where it infers on a CPU.
struct LinearImpl : torch::nn::LinearImpl {
  using torch::nn::LinearImpl::LinearImpl;
  torch::Tensor forward(const torch::Tensor& x) { return linear_layer(x, weight, bias); }
};
TORCH_MODULE(Linear);

// softmax(q k^T / sqrt(d)) v for q (..., N, d), k and v (..., M, d); bias (broadcastable to (..., N, M)) is
// added to the logits when defined.
inline torch::Tensor attend(const torch::Tensor& q, const torch::Tensor& k, const torch::Tensor& v,
                            const torch::Tensor& bias = {}) {
  if (!bias.defined() && attends_on_cpu(q, k, v)) return attend_on_cpu(q, k, v);
  auto logits = torch::matmul(q * (1.0 / std::sqrt(double(q.size(-1)))), k.transpose(-2, -1));
  if (bias.defined()) logits = logits + bias;
  return torch::matmul(torch::softmax(logits, -1), v);
}

// (B, N, H d) -> (B, H, N, d)
inline torch::Tensor split_heads(const torch::Tensor& x, int heads) {
  return x.view({x.size(0), x.size(1), heads, x.size(2) / heads}).transpose(1, 2);
}
// (B, H, N, d) -> (B, N, H d)
inline torch::Tensor merge_heads(const torch::Tensor& x) {
  return x.transpose(1, 2).flatten(2);
}

// What B rows of queries attend to where several of them share a context: row b to context[of[b]] with
// shift[b] added to each of its tokens.
struct SharedContext {
  torch::Tensor context;  // (V, M, Cc)
  torch::Tensor of;       // (B) int64
  torch::Tensor shift;    // (B, Cc)
};

// Attention of queries x (B, N, C) to a context (B, M, Cc); self-attention when the context is x.
struct AttentionImpl : torch::nn::Module {
  AttentionImpl(int dim, int heads, int context_dim)
      : heads(heads),
        q(register_module("q", Linear(dim, dim))),
        kv(register_module("kv", Linear(context_dim, 2 * dim))),
        proj(register_module("proj", Linear(dim, dim))) {}

  torch::Tensor forward(const torch::Tensor& x, const torch::Tensor& context,
                        const torch::Tensor& bias = {}) {
    const auto kv_pair = kv(context).chunk(2, -1);
    return proj(merge_heads(attend(split_heads(q(x), heads), split_heads(kv_pair[0], heads),
                                   split_heads(kv_pair[1], heads), bias)));
  }
  // Keys and values are computed once per context. A shift of all keys adds the same to every logit of a
  // query, which the softmax removes; one of all values adds itself to what is read.
  torch::Tensor attend_shared(const torch::Tensor& x, const SharedContext& shared,
                              const torch::Tensor& bias = {}) {
    const auto kv_pair = kv(shared.context).chunk(2, -1);
    const auto own = [&](const torch::Tensor& tokens) {
      return split_heads(tokens.index_select(0, shared.of), heads);
    };
    const auto read = merge_heads(attend(split_heads(q(x), heads), own(kv_pair[0]), own(kv_pair[1]), bias));
    const auto of_values = kv->weight.slice(0, kv->weight.size(0) / 2);
    return proj(read + torch::matmul(shared.shift, of_values.t()).unsqueeze(1));
  }
  int heads;
  Linear q, kv, proj;
};
TORCH_MODULE(Attention);

// Two linear layers with ReLU between.
struct MlpImpl : torch::nn::Module {
  MlpImpl(int in, int hidden, int out)
      : fc1(register_module("fc1", Linear(in, hidden))), fc2(register_module("fc2", Linear(hidden, out))) {}
  torch::Tensor forward(const torch::Tensor& x) { return fc2(torch::relu(fc1(x))); }
  Linear fc1, fc2;
};
TORCH_MODULE(Mlp);

inline torch::nn::LayerNorm layer_norm(int dim) {
  return torch::nn::LayerNorm(torch::nn::LayerNormOptions({dim}));
}

// Pre-norm transformer layer: self-attention, then (with a context) cross-attention, then MLP.
struct TransformerLayerImpl : torch::nn::Module {
  TransformerLayerImpl(int dim, int heads, int mlp_ratio, int context_dim = 0)
      : norm1(register_module("norm1", layer_norm(dim))),
        self(register_module("self", Attention(dim, heads, dim))),
        norm2(register_module("norm2", layer_norm(dim))),
        mlp(register_module("mlp", Mlp(dim, dim * mlp_ratio, dim))) {
    if (context_dim > 0) {
      norm_cross = register_module("norm_cross", layer_norm(dim));
      cross = register_module("cross", Attention(dim, heads, context_dim));
    }
  }
  // x (B, N, C), context (B, M, Cc), bias for the cross-attention's logits.
  torch::Tensor forward(torch::Tensor x, const torch::Tensor& context = {}, const torch::Tensor& bias = {}) {
    x = attend_to_itself(x);
    if (cross) x = x + cross(norm_cross(x), context, bias);
    return x + mlp(norm2(x));
  }
  // The same with a context that several rows of x share.
  torch::Tensor forward_shared(torch::Tensor x, const SharedContext& context,
                               const torch::Tensor& bias = {}) {
    x = attend_to_itself(x);
    x = x + cross->attend_shared(norm_cross(x), context, bias);
    return x + mlp(norm2(x));
  }
  torch::Tensor attend_to_itself(const torch::Tensor& x) {
    const auto y = norm1(x);
    return x + self(y, y);
  }
  torch::nn::LayerNorm norm1;
  Attention self;
  torch::nn::LayerNorm norm2;
  Mlp mlp;
  torch::nn::LayerNorm norm_cross{nullptr};
  Attention cross{nullptr};
};
TORCH_MODULE(TransformerLayer);

}  // namespace ahap

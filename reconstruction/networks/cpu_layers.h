#pragma once

#include <torch/torch.h>

#include "reconstruction/networks/cpu_attention.h"
#include "reconstruction/networks/cpu_linear.h"
#include "reconstruction/networks/precision.h"

// Where inference on a CPU spends its time, in float32 without gradients; everything else is LibTorch's.
namespace ahap {

inline bool infers_on_cpu(const torch::Tensor& x) {
  return x.is_cpu() && x.scalar_type() == torch::kFloat && x.numel() > 0 && !Bf16Scope::surrounds_cpu() &&
         !(torch::GradMode::is_enabled() && x.requires_grad());
}

// activation(x weight^T + bias): (..., inputs) -> (..., outputs); bias may be undefined.
inline torch::Tensor linear_layer(const torch::Tensor& x, const torch::Tensor& weight,
                                  const torch::Tensor& bias, Activation activation = Activation::none) {
  const auto usable = [](const torch::Tensor& parameter) {
    return infers_on_cpu(parameter) && parameter.is_contiguous();
  };
  if (!has_linear_on_cpu() || !infers_on_cpu(x) || !usable(weight) || (bias.defined() && !usable(bias))) {
    const auto y = product_in_scope(
        x, weight, [&](const torch::Tensor& a, const torch::Tensor& b) { return torch::linear(a, b, bias); });
    return activation == Activation::gelu ? torch::gelu(y) : y;
  }
  RECORD_FUNCTION("ahap::linear", std::vector<c10::IValue>({x, weight}));
  const auto rows = x.contiguous();
  auto sizes = x.sizes().vec();
  sizes.back() = weight.size(0);
  auto out = torch::empty(sizes, x.options());
  linear_on_cpu(rows.data_ptr<float>(), weight.data_ptr<float>(),
                bias.defined() ? bias.data_ptr<float>() : nullptr, rows.numel() / weight.size(1),
                weight.size(1), weight.size(0), activation, out.data_ptr<float>());
  return out;
}

// Whether attend_on_cpu() computes this attention.
inline bool attends_on_cpu(const torch::Tensor& q, const torch::Tensor& k, const torch::Tensor& v) {
  return q.dim() == 4 && q.size(3) % kAttentionLanes == 0 && infers_on_cpu(q) && infers_on_cpu(k) &&
         infers_on_cpu(v);
}

// softmax(q k^T / sqrt(d)) v without the matrix of scores, for q (B, H, N, d), k and v (B, H, M, d), d a
// multiple of kAttentionLanes, that infer on a CPU. The result, (B, H, N, d), lies in memory as (B, N, H, d).
inline torch::Tensor attend_on_cpu(const torch::Tensor& q, const torch::Tensor& k, const torch::Tensor& v) {
  const auto by_vectors = [](const torch::Tensor& x) { return x.stride(3) == 1 ? x : x.contiguous(); };
  const auto vectors = [](const torch::Tensor& x) {
    return HeadVectors{x.data_ptr<float>(), x.stride(0), x.stride(1), x.stride(2)};
  };
  const auto queries = by_vectors(q), keys = by_vectors(k), values = by_vectors(v);
  RECORD_FUNCTION("ahap::attention", std::vector<c10::IValue>({q, k, v}));
  auto out = torch::empty({q.size(0), q.size(2), q.size(1), q.size(3)}, q.options());
  attention_on_cpu(vectors(queries), vectors(keys), vectors(values),
                   {q.size(0), q.size(1), q.size(2), k.size(2), q.size(3)}, at::get_num_threads(),
                   out.data_ptr<float>());
  return out.transpose(1, 2);
}

}  // namespace ahap

#pragma once

#include <torch/torch.h>

#include <memory>
#include <string>

#include "reconstruction/networks/cpu_layers.h"

// Layers whose weights come from a file and are not trained. Until load_into (checkpoints/checkpoint.h) fills
// it, a parameter has its shape but neither memory nor values.
namespace ahap {

inline torch::Tensor frozen_parameter(torch::nn::Module& module, const std::string& name,
                                      torch::IntArrayRef shape) {
  return module.register_parameter(name, torch::zeros({1}).expand(shape), /*requires_grad=*/false);
}

// Registers `module` under a dotted path, as weight files nest their names: place(*this, "scratch.layer1_rn",
// ...).
template <typename ModuleType>
ModuleType place(torch::nn::Module& root, const std::string& path, ModuleType module) {
  const std::size_t dot = path.find('.');
  if (dot == std::string::npos) {
    root.register_module(path, module);
    return module;
  }
  const std::string first = path.substr(0, dot);
  const auto children = root.named_children();
  const auto* child = children.find(first);
  auto next = child ? *child : root.register_module(first, std::make_shared<torch::nn::Module>(first));
  return place(*next, path.substr(dot + 1), module);
}

// (..., in) -> (..., out)
struct FrozenLinearImpl : torch::nn::Module {
  FrozenLinearImpl(std::int64_t in, std::int64_t out, bool with_bias = true)
      : weight(frozen_parameter(*this, "weight", {out, in})) {
    if (with_bias) bias = frozen_parameter(*this, "bias", {out});
  }
  torch::Tensor forward(const torch::Tensor& x, Activation activation = Activation::none) {
    return linear_layer(x, weight, bias, activation);
  }
  torch::Tensor weight, bias;
};
TORCH_MODULE(FrozenLinear);

// (V, in, h, w) -> (V, out, h', w'), zero padding.
struct FrozenConv2dImpl : torch::nn::Module {
  FrozenConv2dImpl(std::int64_t in, std::int64_t out, std::int64_t kernel, std::int64_t stride = 1,
                   std::int64_t padding = 0, bool with_bias = true)
      : stride(stride),
        padding(padding),
        weight(frozen_parameter(*this, "weight", {out, in, kernel, kernel})) {
    if (with_bias) bias = frozen_parameter(*this, "bias", {out});
  }
  torch::Tensor forward(const torch::Tensor& x) { return torch::conv2d(x, weight, bias, stride, padding); }
  std::int64_t stride, padding;
  torch::Tensor weight, bias;
};
TORCH_MODULE(FrozenConv2d);

// Transposed convolution whose stride is its kernel: (V, in, h, w) -> (V, out, kernel h, kernel w).
struct FrozenUpsampleImpl : torch::nn::Module {
  FrozenUpsampleImpl(std::int64_t in, std::int64_t out, std::int64_t kernel)
      : weight(frozen_parameter(*this, "weight", {in, out, kernel, kernel})),
        bias(frozen_parameter(*this, "bias", {out})) {}
  torch::Tensor forward(const torch::Tensor& x) {
    return torch::conv_transpose2d(x, weight, bias, /*stride=*/weight.size(2));
  }
  torch::Tensor weight, bias;
};
TORCH_MODULE(FrozenUpsample);

// Over the last axis.
struct FrozenLayerNormImpl : torch::nn::Module {
  FrozenLayerNormImpl(std::int64_t dim, double eps)
      : eps(eps),
        weight(frozen_parameter(*this, "weight", {dim})),
        bias(frozen_parameter(*this, "bias", {dim})) {}
  torch::Tensor forward(const torch::Tensor& x) {
    return torch::layer_norm(x, weight.sizes(), weight, bias, eps);
  }
  double eps;
  torch::Tensor weight, bias;
};
TORCH_MODULE(FrozenLayerNorm);

// Over each of `groups` groups of neighbouring channels of a map (V, C, h, w).
struct FrozenGroupNormImpl : torch::nn::Module {
  FrozenGroupNormImpl(std::int64_t groups, std::int64_t channels, double eps)
      : groups(groups),
        eps(eps),
        weight(frozen_parameter(*this, "weight", {channels})),
        bias(frozen_parameter(*this, "bias", {channels})) {}
  torch::Tensor forward(const torch::Tensor& x) { return torch::group_norm(x, groups, weight, bias, eps); }
  std::int64_t groups;
  double eps;
  torch::Tensor weight, bias;
};
TORCH_MODULE(FrozenGroupNorm);

}  // namespace ahap

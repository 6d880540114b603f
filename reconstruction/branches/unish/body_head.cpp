#include "reconstruction/branches/unish/body_head.h"

#include "reconstruction/networks/attention.h"
#include "reconstruction/networks/dinov2.h"
#include "reconstruction/networks/rotations.h"

namespace ahap {
namespace {

constexpr double kHeadNormEps = 1e-5;
constexpr int kPoseNumbers = 6 * kSmplJoints, kBoxNumbers = 3, kCameraNumbers = 3;

}  // namespace

BodyHeadImpl::BodyHeadImpl(const BodyHeadConfig& config) : config(config) {
  const int C = config.dim, A = config.attention;
  mean_pose = frozen_parameter(*this, "init_body_pose", {1, kPoseNumbers});
  mean_betas = frozen_parameter(*this, "init_betas", {1, kSmplBetas});
  mean_camera = frozen_parameter(*this, "init_cam", {1, kCameraNumbers});
  const auto transformer = register_module("transformer", std::make_shared<torch::nn::Module>("transformer"));
  pos_embedding_ = frozen_parameter(*transformer, "pos_embedding", {1, 1, C});
  to_token_ = transformer->register_module(
      "to_token_embedding", FrozenLinear(kBoxNumbers + kPoseNumbers + kSmplBetas + kCameraNumbers, C));
  for (int i = 0; i < config.depth; ++i) {
    const std::string name = "transformer.layers." + std::to_string(i) + ".";
    const auto norm = [&](const char* part) {
      return place(*transformer, name + part + ".norm", FrozenLayerNorm(C, kHeadNormEps));
    };
    const auto linear = [&](const char* part, int in, int out, bool with_bias) {
      return place(*transformer, name + part, FrozenLinear(in, out, with_bias));
    };
    layers_.push_back({.norm_self = norm("0"),
                       .norm_cross = norm("1"),
                       .norm_mlp = norm("2"),
                       .to_qkv = linear("0.fn.to_qkv", C, 3 * A, false),
                       .self_out = linear("0.fn.to_out.0", A, C, true),
                       .to_q = linear("1.fn.to_q", C, A, false),
                       .to_kv = linear("1.fn.to_kv", config.context_dim, 2 * A, false),
                       .cross_out = linear("1.fn.to_out.0", A, C, true),
                       .mlp_in = linear("2.fn.net.0", C, config.hidden, true),
                       .mlp_out = linear("2.fn.net.3", config.hidden, C, true)});
  }
  pose_ = register_module("decpose", FrozenLinear(C, kPoseNumbers));
  shape_ = register_module("decshape", FrozenLinear(C, kSmplBetas));
}

// A token that is alone gives all its attention to itself: what it reads is its own value.
torch::Tensor BodyHeadImpl::attend_to_itself(Layer& layer, const torch::Tensor& x) const {
  const auto of_values = layer.to_qkv->weight.slice(0, 2 * config.attention);
  return layer.self_out(linear_layer(layer.norm_self(x), of_values, {}));
}

torch::Tensor BodyHeadImpl::attend_to_crop(Layer& layer, const torch::Tensor& x,
                                           const torch::Tensor& crop_tokens) const {
  const int heads = config.attention / kHeadDim;
  const auto keys_values = layer.to_kv(crop_tokens).chunk(2, -1);
  const auto queries = layer.to_q(layer.norm_cross(x));
  return layer.cross_out(merge_heads(attend_by_rows(
      split_heads(queries, heads), split_heads(keys_values[0], heads), split_heads(keys_values[1], heads))));
}

HeadBodies BodyHeadImpl::forward(const torch::Tensor& crop_tokens, const torch::Tensor& boxes,
                                 const TensorObserver& observe) {
  const std::int64_t S = crop_tokens.size(0);
  const auto start = torch::cat({mean_pose, mean_betas, mean_camera}, 1).expand({S, -1});
  auto x = to_token_(torch::cat({boxes, start}, 1)).unsqueeze(1);  // (S, 1, dim)
  tell(observe, "head.token", x.squeeze(1));
  x = x + pos_embedding_;
  std::vector<torch::Tensor> added;
  const auto add = [&](const torch::Tensor& y) {
    x = x + y;
    added.push_back(y.squeeze(1));
  };
  for (Layer& layer : layers_) {
    add(attend_to_itself(layer, x));
    add(attend_to_crop(layer, x, crop_tokens));
    add(layer.mlp_out(layer.mlp_in(layer.norm_mlp(x), Activation::gelu)));
  }
  tell(observe, "head.layers", torch::stack(added).unflatten(0, {config.depth, 3}));
  HeadBodies bodies;
  bodies.token = x.squeeze(1);
  const auto pose = pose_(bodies.token), shape = shape_(bodies.token);
  tell(observe, "head.decpose", pose);
  tell(observe, "head.decshape", shape);
  bodies.rotations = matrix_from_6d((pose + mean_pose).unflatten(1, {kSmplJoints, 6}));
  bodies.betas = (shape + mean_betas).mean(0, /*keepdim=*/true);
  return bodies;
}

}  // namespace ahap

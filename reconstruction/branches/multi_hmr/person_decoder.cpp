#include "reconstruction/branches/multi_hmr/person_decoder.h"

#include "reconstruction/networks/attention.h"

namespace ahap {
namespace {

constexpr int kDim = 1024;
constexpr int kHeads = 8, kInner = kHeads * 32;
constexpr double kEps = 1e-5;
constexpr int kCamera = 3;

// The few queries are computed in float64, which costs nothing beside the image's tokens: distances are the
// exponential of what is decoded.
torch::Tensor exactly(FrozenLinear& layer, const torch::Tensor& x) {
  const auto bias = layer->bias.defined() ? layer->bias.to(torch::kDouble) : torch::Tensor();
  return torch::linear(x, layer->weight.to(torch::kDouble), bias);
}
torch::Tensor exactly(FrozenLayerNorm& layer, const torch::Tensor& x) {
  return torch::layer_norm(x, layer->weight.sizes(), layer->weight.to(torch::kDouble),
                           layer->bias.to(torch::kDouble), layer->eps);
}

torch::Tensor attend_with_heads(const torch::Tensor& q, const torch::Tensor& k, const torch::Tensor& v) {
  return merge_heads(attend(split_heads(q, kHeads), split_heads(k, kHeads), split_heads(v, kHeads)));
}

}  // namespace

PersonDecoderImpl::PersonDecoderImpl(const PersonDecoderConfig& config) : config_(config) {
  const int Cc = config.context_dim, pose = 6 * kWholeBodyRotations;
  query_rows_ = frozen_parameter(*this, "cross_queries_x", {config.grid, Cc});
  query_columns_ = frozen_parameter(*this, "cross_queries_y", {config.grid, Cc});
  value_rows_ = frozen_parameter(*this, "cross_values_x", {config.grid, Cc});
  value_columns_ = frozen_parameter(*this, "cross_values_y", {config.grid, Cc});
  mean_pose_ = frozen_parameter(*this, "init_body_pose", {1, pose});
  mean_betas_ = frozen_parameter(*this, "init_betas", {1, config.betas});
  mean_camera_ = frozen_parameter(*this, "init_cam", {1, kCamera});
  mean_expression_ = frozen_parameter(*this, "init_expression", {1, kExpressions});
  embed_ =
      place(*this, "transformer.to_token_embedding", FrozenLinear(Cc + pose + config.betas + kCamera, kDim));
  position_ = frozen_parameter(*named_children()["transformer"], "pos_embedding", {1, 1, kDim});
  for (int i = 0; i < config.layers; ++i) layers_.push_back(make_layer(i));
  pose_ = register_module("decpose", FrozenLinear(kDim, pose));
  shape_ = register_module("decshape", FrozenLinear(kDim, config.betas));
  camera_ = register_module("deccam", FrozenLinear(kDim, kCamera));
  expression_ = register_module("decexpression", FrozenLinear(kDim, kExpressions));
}

PersonDecoderImpl::Layer PersonDecoderImpl::make_layer(int index) {
  const std::string name = "transformer.transformer.layers." + std::to_string(index) + ".";
  const auto norm = [&](const char* path) { return place(*this, name + path, FrozenLayerNorm(kDim, kEps)); };
  const auto linear = [&](const char* path, int in, int out, bool with_bias) {
    return place(*this, name + path, FrozenLinear(in, out, with_bias));
  };
  Layer layer;
  layer.self_norm = norm("0.norm");
  layer.to_qkv = linear("0.fn.to_qkv", kDim, 3 * kInner, false);
  layer.self_out = linear("0.fn.to_out.0", kInner, kDim, true);
  layer.cross_norm = norm("1.norm");
  layer.to_q = linear("1.fn.to_q", kDim, kInner, false);
  layer.to_kv = linear("1.fn.to_kv", config_.context_dim, 2 * kInner, false);
  layer.cross_out = linear("1.fn.to_out.0", kInner, kDim, true);
  layer.mlp_norm = norm("2.norm");
  layer.fc1 = linear("2.fn.net.0", kDim, kDim, true);
  layer.fc2 = linear("2.fn.net.3", kDim, kDim, true);
  return layer;
}

torch::Tensor PersonDecoderImpl::apply(Layer& layer, torch::Tensor x, const torch::Tensor& context) {
  const auto qkv = exactly(layer.to_qkv, exactly(layer.self_norm, x)).chunk(3, -1);
  x = x + exactly(layer.self_out, attend_with_heads(qkv[0], qkv[1], qkv[2]));
  const auto kv = layer.to_kv(context).to(torch::kDouble).chunk(2, -1);
  const auto q = exactly(layer.to_q, exactly(layer.cross_norm, x));
  x = x + exactly(layer.cross_out, attend_with_heads(q, kv[0], kv[1]));
  return x + exactly(layer.fc2, torch::gelu(exactly(layer.fc1, exactly(layer.mlp_norm, x))));
}

WholeBodies PersonDecoderImpl::forward(const torch::Tensor& tokens, const torch::Tensor& row,
                                       const torch::Tensor& column) {
  const std::int64_t n = row.size(0);
  const auto at_detections = tokens.index({row, column});  // (n, Cc)
  const auto queries =
      at_detections + query_rows_.index_select(0, row) + query_columns_.index_select(0, column);
  auto context = tokens.clone();
  context.index_put_({row, column}, at_detections + value_rows_.index_select(0, row) +
                                        value_columns_.index_select(0, column));
  context = context.flatten(0, 1).unsqueeze(0);

  const auto means = torch::cat({mean_pose_, mean_betas_, mean_camera_}, 1).expand({n, -1});
  auto x = exactly(embed_, torch::cat({queries, means}, 1).to(torch::kDouble)).unsqueeze(0) + position_;
  for (Layer& layer : layers_) x = apply(layer, x, context);
  const auto decoded = [&](FrozenLinear& layer, const torch::Tensor& mean) {
    return (exactly(layer, x.squeeze(0)) + mean).to(torch::kFloat);
  };
  return {decoded(pose_, mean_pose_), decoded(shape_, mean_betas_), decoded(camera_, mean_camera_),
          decoded(expression_, mean_expression_)};
}

}  // namespace ahap

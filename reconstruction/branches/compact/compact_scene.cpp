#include "reconstruction/branches/compact/compact_scene.h"

#include "reconstruction/branches/compact/perspective_field.h"
#include "reconstruction/networks/device.h"
#include "reconstruction/networks/precision.h"

namespace ahap {
namespace {

constexpr int kMaps = 6;

torch::nn::Sequential merge(int in, int out) {
  return torch::nn::Sequential(torch::nn::ReLU(), conv(in, out, 3), torch::nn::ReLU());
}

}  // namespace

CompactSceneImpl::CompactSceneImpl(const CompactSceneConfig& config) : config(config) {
  const auto& w = config.widths;
  stem = register_module("stem", conv(3, w[0], 3, 2));
  stage2 = register_module("stage2", downsampling(w[0], w[1]));
  stage3 = register_module("stage3", downsampling(w[1], w[2]));
  stage4 = register_module("stage4", downsampling(w[2], w[3]));
  transformer = register_module("transformer", torch::nn::ModuleList());
  for (int i = 0; i < config.transformer_layers; ++i) {
    TransformerLayer layer(w[3], config.heads, 3);
    for (auto& last : {layer->self->proj, layer->mlp->fc2}) {  // starts as the identity
      torch::nn::init::zeros_(last->weight);
      torch::nn::init::zeros_(last->bias);
    }
    transformer->push_back(layer);
  }
  const int tokens = (config.input_size / 16) * (config.input_size / 16);
  position = register_parameter("position", 0.02 * torch::randn({1, tokens, w[3]}));
  lateral4 = register_module("lateral4", conv(w[3], w[2], 1));
  lateral3 = register_module("lateral3", conv(w[2], w[2], 1));
  lateral2 = register_module("lateral2", conv(w[1], config.feature_dim, 1));
  merge3 = register_module("merge3", merge(w[2], config.feature_dim));
  merge2 = register_module("merge2", merge(config.feature_dim, config.feature_dim));
  head = register_module("head", conv(config.feature_dim, config.head_dim, 3));
  maps = register_module("maps", conv(config.head_dim, kMaps, 1));
}

SceneMaps CompactSceneImpl::forward(const torch::Tensor& images) {
  const auto input = ((images - 0.5) * 4).contiguous(torch::MemoryFormat::ChannelsLast);
  const auto c2 = stage2->forward(torch::relu(stem(input)));  // stride 4
  const auto c3 = stage3->forward(c2);                        // stride 8
  const auto c4 = stage4->forward(c3);                        // stride 16

  auto tokens = c4.flatten(2).transpose(1, 2).to(torch::kFloat) + position;  // (V, h w, C)
  for (const auto& layer : *transformer) tokens = layer->as<TransformerLayer>()->forward(tokens);
  const auto global = tokens.transpose(1, 2).view_as(c4).contiguous(torch::MemoryFormat::ChannelsLast);

  const auto p3 = merge3->forward(upsample2(lateral4(global)) + lateral3(c3));
  SceneMaps result;
  result.features = merge2->forward(upsample2(p3) + lateral2(c2));
  const auto m = maps(torch::relu(head(result.features))).to(torch::kFloat);
  result.log_depth = m.select(1, 0);
  result.log_error = m.select(1, 1);
  result.up = m.slice(1, 2, 4);
  result.latitude = m.select(1, 4);
  result.height = m.select(1, 5);
  return result;
}

SceneEstimate CompactSceneBranch::estimate(const torch::Tensor& images, const Progress& progress) {
  torch::NoGradGuard no_grad;
  const torch::Device device = device_of(*network_);
  const int V = images.size(0);
  const double S = input_size();
  std::vector<torch::Tensor> features, depth, confidence, K, up;
  for (int v = 0; v < V; ++v) {
    step(progress, "depth and cameras", double(v) / V);
    SceneMaps maps;
    {
      Bf16Scope bf16(bf16_, device);
      maps = network_->forward(images.slice(0, v, v + 1).to(device));
    }
    const PerspectiveFit fit = fit_perspective(maps.up[0].cpu(), maps.latitude[0].cpu(), S);
    const double f = fit.focal;
    features.push_back(maps.features.to(torch::kFloat));
    const auto size = std::vector<int64_t>{images.size(2), images.size(3)};
    const auto full = [&](const torch::Tensor& map) {
      return at::upsample_bilinear2d(map.unsqueeze(1), size, false).squeeze(1).cpu();
    };
    depth.push_back(full(torch::exp(maps.log_depth + kLogDistance) * (f / S)));
    confidence.push_back(full(torch::exp(-torch::exp(maps.log_error) * 4)));
    K.push_back(torch::tensor({f, 0.0, S / 2, 0.0, f, S / 2, 0.0, 0.0, 1.0}).view({1, 3, 3}));
    up.push_back(torch::tensor({fit.up.x(), fit.up.y(), fit.up.z()}).view({1, 3}));
  }
  SceneEstimate estimate;
  estimate.features = torch::cat(features);
  estimate.depth = torch::cat(depth);
  estimate.depth_conf = torch::cat(confidence);
  estimate.K = torch::cat(K).to(torch::kFloat);
  estimate.up = torch::cat(up).to(torch::kFloat);
  estimate.metric = true;
  return estimate;
}

}  // namespace ahap

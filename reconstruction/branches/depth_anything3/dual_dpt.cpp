#include "reconstruction/branches/depth_anything3/dual_dpt.h"

#include <cmath>

#include "reconstruction/networks/dinov2.h"

namespace ahap {
namespace {

constexpr double kEps = 1e-5;
constexpr double kPositionScale = 0.1;
constexpr double kPositionBase = 100;
constexpr int kLogitDim = 32;  // channels before the last convolution of a branch
constexpr int kRayChannels = 7;

FrozenConv2d conv3x3(std::int64_t in, std::int64_t out, bool with_bias = true) {
  return FrozenConv2d(in, out, 3, 1, 1, with_bias);
}

torch::Tensor resize(const torch::Tensor& map, std::int64_t h, std::int64_t w) {
  return at::upsample_bilinear2d(map, {h, w}, /*align_corners=*/true);
}

torch::Tensor with_position(const torch::Tensor& map, double aspect) {
  const auto position = position_map(map.size(1), map.size(2), map.size(3), aspect).to(map.device());
  return torch::add(map, position, kPositionScale);
}

torch::Tensor residual_unit(const torch::Tensor& x, FrozenConv2d& conv1, FrozenConv2d& conv2) {
  return x + conv2(torch::relu(conv1(torch::relu(x))));
}

}  // namespace

torch::Tensor position_map(std::int64_t channels, std::int64_t h, std::int64_t w, double aspect) {
  const auto real = torch::dtype(torch::kDouble);
  const std::int64_t bands = channels / 4;
  const auto frequency = torch::pow(kPositionBase, -torch::arange(bands, real) / double(bands));
  const auto waves = [&](std::int64_t n, double half_extent) {  // (2 bands, n)
    const double end = half_extent * double(n - 1) / double(n);
    const auto phase = frequency.unsqueeze(1) * torch::linspace(-end, end, n, real);
    return torch::cat({phase.sin(), phase.cos()}).to(torch::kFloat);
  };
  const double diagonal = std::sqrt(aspect * aspect + 1);
  const auto x = waves(w, aspect / diagonal).unsqueeze(1).expand({2 * bands, h, w});
  const auto y = waves(h, 1 / diagonal).unsqueeze(2).expand({2 * bands, h, w});
  return torch::cat({x, y});
}

DualDptImpl::DualDptImpl(const DualDptConfig& config) : config_(config) {
  const int F = config.fused_dim;
  const auto& dims = config.stage_dims;
  norm_ = register_module("norm", FrozenLayerNorm(config.feature_dim, kEps));
  for (std::size_t i = 0; i < dims.size(); ++i) {
    projects_[i] =
        place(*this, "projects." + std::to_string(i), FrozenConv2d(config.feature_dim, dims[i], 1));
    to_fused_[i] = place(*this, "scratch.layer" + std::to_string(i + 1) + "_rn", conv3x3(dims[i], F, false));
  }
  enlarge4_ = place(*this, "resize_layers.0", FrozenUpsample(dims[0], dims[0], 4));
  enlarge2_ = place(*this, "resize_layers.1", FrozenUpsample(dims[1], dims[1], 2));
  shrink_ = place(*this, "resize_layers.3", FrozenConv2d(dims[3], dims[3], 3, 2, 1));

  depth_branch_ = make_branch("");
  depth1_ = place(*this, "scratch.output_conv1", conv3x3(F, F / 2));
  depth2_ = place(*this, "scratch.output_conv2.0", conv3x3(F / 2, kLogitDim));
  depth3_ = place(*this, "scratch.output_conv2.2", FrozenConv2d(kLogitDim, 2, 1));

  ray_branch_ = make_branch("_aux");
  for (int i = 0; i < 5; ++i) {
    const bool narrows = i % 2 == 0;
    ray1_.push_back(place(*this, "scratch.output_conv1_aux.3." + std::to_string(i),
                          narrows ? conv3x3(F, F / 2) : conv3x3(F / 2, F)));
  }
  ray2_ = place(*this, "scratch.output_conv2_aux.3.0", conv3x3(F / 2, kLogitDim));
  ray_norm_ =
      place(*this, "scratch.output_conv2_aux.0.2", FrozenLayerNorm(kLogitDim, kEps));  // shared by all levels
  ray3_ = place(*this, "scratch.output_conv2_aux.3.5", FrozenConv2d(kLogitDim, kRayChannels, 1));
}

DualDptImpl::Branch DualDptImpl::make_branch(const std::string& suffix) {
  const int F = config_.fused_dim;
  Branch branch;
  for (std::size_t i = 0; i < branch.size(); ++i) {
    const std::string name = "scratch.refinenet" + std::to_string(i + 1) + suffix + ".";
    const auto conv = [&](const char* part) { return place(*this, name + part, conv3x3(F, F)); };
    if (i + 1 < branch.size()) {
      branch[i].side1 = conv("resConfUnit1.conv1");
      branch[i].side2 = conv("resConfUnit1.conv2");
    }
    branch[i].conv1 = conv("resConfUnit2.conv1");
    branch[i].conv2 = conv("resConfUnit2.conv2");
    branch[i].out = place(*this, name + "out_conv", FrozenConv2d(F, F, 1));
  }
  return branch;
}

DualDptImpl::Maps DualDptImpl::stages(const std::array<torch::Tensor, 4>& features, std::int64_t height,
                                      std::int64_t width) {
  Maps maps;
  for (std::size_t i = 0; i < maps.size(); ++i) {
    const auto patches = norm_(features[i]).transpose(1, 2).unflatten(2, {height / kPatch, width / kPatch});
    maps[i] = with_position(projects_[i](patches), double(width) / double(height));
  }
  maps[0] = enlarge4_(maps[0]);
  maps[1] = enlarge2_(maps[1]);
  maps[3] = shrink_(maps[3]);
  for (std::size_t i = 0; i < maps.size(); ++i) maps[i] = to_fused_[i](maps[i]);
  return maps;
}

torch::Tensor DualDptImpl::fuse(Branch& branch, const Maps& maps) {
  torch::Tensor x;
  for (int i = 3; i >= 0; --i) {
    Fusion& fusion = branch[i];
    x = x.defined() ? x + residual_unit(maps[i], fusion.side1, fusion.side2) : maps[i];
    x = residual_unit(x, fusion.conv1, fusion.conv2);
    x = i > 0 ? resize(x, maps[i - 1].size(2), maps[i - 1].size(3)) : resize(x, 2 * x.size(2), 2 * x.size(3));
    x = fusion.out(x);
  }
  return x;
}

DenseOutput DualDptImpl::forward(const std::array<torch::Tensor, 4>& features, std::int64_t height,
                                 std::int64_t width, bool with_rays) {
  const double aspect = double(width) / double(height);
  const Maps maps = stages(features, height, width);
  DenseOutput out;
  {
    const auto x = with_position(resize(depth1_(fuse(depth_branch_, maps)), height, width), aspect);
    const auto logits = depth3_(torch::relu(depth2_(x)));
    out.depth = logits.select(1, 0).exp();
    out.depth_conf = logits.select(1, 1).exp() + 1;
  }
  if (!with_rays) return out;
  auto x = fuse(ray_branch_, maps);
  for (auto& conv : ray1_) x = conv(x);
  x = ray2_(with_position(x, aspect)).permute({0, 2, 3, 1});
  const auto logits = ray3_(torch::relu(ray_norm_(x)).permute({0, 3, 1, 2})).permute({0, 2, 3, 1});
  out.ray = logits.slice(-1, 0, 6).contiguous();
  out.ray_conf = logits.select(-1, 6).exp() + 1;
  return out;
}

}  // namespace ahap

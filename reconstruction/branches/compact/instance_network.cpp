#include "reconstruction/branches/compact/instance_network.h"

#include <algorithm>
#include <cmath>

#include "reconstruction/branches/compact/compact_scene.h"
#include "reconstruction/smpl_joints.h"

namespace ahap {
namespace {

// What the crop shows beyond its half resolution, added to the first features. It starts at zero.
torch::nn::Sequential detail_branch(int in, int out) {
  const int channels = 16;
  const auto last = conv(channels, out, 3, 2);
  torch::nn::init::zeros_(last->weight);
  torch::nn::init::zeros_(last->bias);
  return torch::nn::Sequential(conv(in, channels, 3, 2), torch::nn::ReLU(), ResidualConv(channels), last);
}

// Mean position, in 0..1, and standard deviation of the softmax over a heat map: (N, K, h, w) -> (N, K, 2),
// (N, K).
std::pair<torch::Tensor, torch::Tensor> mean_and_spread(const torch::Tensor& heat) {
  const int h = heat.size(2), w = heat.size(3);
  const auto p = torch::softmax(heat.flatten(2), -1).view_as(heat);
  const auto options = heat.options();
  const auto xs = (torch::arange(w, options) + 0.5) / w, ys = (torch::arange(h, options) + 0.5) / h;
  const auto along_x = p.sum(2), along_y = p.sum(3);
  const auto mean = torch::stack({(along_x * xs).sum(-1), (along_y * ys).sum(-1)}, -1);
  const auto square = (along_x * xs.pow(2)).sum(-1) + (along_y * ys.pow(2)).sum(-1);
  return {mean, (square - mean.pow(2).sum(-1)).clamp_min(1e-6).sqrt()};
}

}  // namespace

Window person_window(int view, const Eigen::Vector2d& pelvis, double log_range) {
  return {view, pelvis, std::clamp(kWindowMetres * std::exp(-(log_range + kLogDistance)), 0.03, 3.0)};
}

double window_log_range(double side) {
  return std::log(kWindowMetres / side) - kLogDistance;
}

torch::Tensor crop_windows(const torch::Tensor& maps, const std::vector<Window>& windows, int size) {
  std::vector<torch::Tensor> crops, levels = {maps};  // each half as fine as the one before
  const auto ramp = (torch::arange(size, torch::kFloat) + 0.5) / size - 0.5;
  for (const Window& window : windows) {
    const auto xs = 2 * (window.center.x() + window.side * ramp) - 1;  // grid_sample's -1..1
    const auto ys = 2 * (window.center.y() + window.side * ramp) - 1;
    const auto grid =
        torch::stack({xs.expand({size, size}), ys.unsqueeze(1).expand({size, size})}, -1).unsqueeze(0);
    const double shrinking = window.side * double(maps.size(3)) / size;
    const std::size_t level = shrinking < 2 ? 0 : std::size_t(std::log2(shrinking));
    while (levels.size() <= level) levels.push_back(at::avg_pool2d(levels.back(), 2));
    crops.push_back(at::grid_sampler_2d(levels[level].slice(0, window.view, window.view + 1),
                                        grid.to(maps.device()),
                                        /*bilinear*/ 0, /*zeros*/ 0, /*align_corners=*/false));
  }
  return torch::cat(crops);
}

InstanceOutput to(InstanceOutput output, torch::Device device) {
  for (auto* tensor : {&output.mask, &output.canonical, &output.joints2d, &output.features, &output.pose6d,
                       &output.betas, &output.joints, &output.yaw, &output.pelvis, &output.log_range,
                       &output.joints2d_error, &output.pelvis_error, &output.log_range_error}) {
    *tensor = tensor->to(device);
  }
  return output;
}

InstanceNetworkImpl::InstanceNetworkImpl(const InstanceConfig& config) : config(config) {
  const auto& w = config.widths;
  const int fine = 48;
  detail = register_module("detail", detail_branch(4, w[0]));
  down1 = register_module("down1", downsampling(4, w[0]));
  down2 = register_module("down2", downsampling(w[0], w[1]));
  down3 = register_module("down3", downsampling(w[1], w[2]));
  down4 = register_module("down4", downsampling(w[2], w[3]));
  up3 = register_module("up3", conv(w[3], w[2], 1));
  skip3 = register_module("skip3", conv(w[2], w[2], 3));
  up2 = register_module("up2", conv(w[2], w[1], 1));
  skip2 = register_module("skip2", conv(w[1], w[1], 3));
  up1 = register_module("up1", conv(w[1], fine, 1));
  skip1 = register_module("skip1", conv(w[0], fine, 3));
  dense = register_module("dense", conv(fine, 4, 3));
  heat = register_module("heat", conv(w[1] + 4, kSmplJoints, 3));
  fine_heat = register_module("fine_heat", conv(fine + 4, kSmplJoints, 3));
  torch::nn::init::zeros_(fine_heat->weight);
  torch::nn::init::zeros_(fine_heat->bias);
  gated = register_module(
      "gated", torch::nn::Sequential(conv(fine + 5, w[1], 3, 2), torch::nn::ReLU(), ResidualConv(w[1]),
                                     conv(w[1], w[2], 3, 2), torch::nn::ReLU(), ResidualConv(w[2]),
                                     conv(w[2], w[2], 3, 2), torch::nn::ReLU()));
  trunk = register_module(
      "trunk",
      torch::nn::Sequential(torch::nn::Linear(w[2] * 16 + w[3] + 2 * kSmplJoints, config.feature_dim),
                            torch::nn::ReLU(), torch::nn::Linear(config.feature_dim, config.feature_dim),
                            torch::nn::ReLU()));
  readout = register_module(
      "readout", torch::nn::Linear(config.feature_dim, kSmplJoints * 9 + kSmplBetas + config.yaw_bins + 3));
  errors = register_module("errors", torch::nn::Linear(config.feature_dim + kSmplJoints, kSmplJoints + 2));
  torch::nn::init::zeros_(errors->weight);
  torch::nn::init::constant_(errors->bias, std::log(0.03));
}

InstanceOutput InstanceNetworkImpl::forward(const torch::Tensor& crops) {
  const auto input = ((crops - 0.5) * 4).contiguous(torch::MemoryFormat::ChannelsLast);
  const auto c1 = torch::relu(down1->forward(at::avg_pool2d(input, 2)) + detail->forward(input));  // 32 x 32
  const auto c2 = down2->forward(c1);                                                              // 16 x 16
  const auto c3 = down3->forward(c2);                                                              // 8 x 8
  const auto c4 = down4->forward(c3);                                                              // 4 x 4
  const auto p3 = torch::relu(upsample2(up3(c4)) + skip3(c3));
  const auto p2 = torch::relu(upsample2(up2(p3)) + skip2(c2));
  const auto p1 = torch::relu(upsample2(up1(p2)) + skip1(c1));

  InstanceOutput out;
  const auto d = dense(p1).to(torch::kFloat);
  out.mask = d.select(1, 0);
  out.canonical = d.slice(1, 1, 4);

  // Everything below sees the scene through the predicted mask: "which pixels are this person" is learned
  // densely and pose is read from those pixels alone.
  const auto mask = torch::sigmoid(d.slice(1, 0, 1));
  const auto surface = torch::cat({mask, out.canonical * mask}, 1);
  const auto coarse = heat(torch::cat({p2, at::avg_pool2d(surface, 2).to(p2.dtype())}, 1));
  const auto fine = fine_heat(torch::cat({p1, surface.to(p1.dtype())}, 1));
  const auto [joints2d, spread] = mean_and_spread((upsample2(coarse) + fine).to(torch::kFloat));
  out.joints2d = joints2d;
  const auto outside = 1 - mask;
  const auto g = gated->forward(torch::cat({(p1.to(torch::kFloat) * mask), surface, outside}, 1)
                                    .contiguous(torch::MemoryFormat::ChannelsLast));  // 4 x 4
  const auto pooled = torch::cat({g.flatten(1).to(torch::kFloat), c4.mean({2, 3}).to(torch::kFloat),
                                  (out.joints2d.flatten(1) - 0.5) * 4},
                                 1);
  out.features = trunk->forward(pooled).to(torch::kFloat);

  const auto r = readout(out.features).to(torch::kFloat);
  int at = 0;
  const auto take = [&](int count) {
    at += count;
    return r.slice(1, at - count, at);
  };
  const auto identity6d = torch::tensor({1.f, 0.f, 0.f, 0.f, 1.f, 0.f}, r.options());
  out.pose6d = take(kSmplJoints * 6).view({-1, kSmplJoints, 6}) + identity6d;
  out.joints = take(kSmplJoints * 3).view({-1, kSmplJoints, 3});
  out.betas = take(kSmplBetas);
  out.yaw = take(config.yaw_bins);
  out.pelvis = take(2) * 0.1;
  out.log_range = take(1).squeeze(1) * 0.1;

  const auto known = torch::cat({out.features, torch::log(spread) + 2}, 1).detach();
  const auto error = torch::exp(errors(known).to(torch::kFloat).clamp(-7, 1));
  out.joints2d_error = error.slice(1, 0, kSmplJoints);
  out.pelvis_error = error.select(1, kSmplJoints);
  out.log_range_error = error.select(1, kSmplJoints + 1);
  return out;
}

}  // namespace ahap

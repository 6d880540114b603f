#include "reconstruction/branches/compact/compact_human.h"

#include <cmath>

#include "reconstruction/branches/compact/compact_scene.h"
#include "reconstruction/networks/device.h"
#include "reconstruction/networks/precision.h"
#include "reconstruction/smpl_joints.h"

namespace ahap {
namespace {

constexpr double kSigmaPerError =
    1.2533;  // standard deviation of a normal distribution per mean absolute error

// N people of whom nothing is said yet.
HumanEstimate blank(int64_t N) {
  HumanEstimate out;
  out.view = torch::zeros({N}, torch::kLong);
  out.score = torch::zeros({N});
  out.keypoint = torch::zeros({N, 2});
  out.box = torch::zeros({N, 4});
  out.keypoint_depth = torch::zeros({N});
  out.joints2d = torch::zeros({N, kSmplJoints, 2});
  return out;
}

// The box, in the picture, of the window's pixels that are more likely this person than not; the whole window
// when there are none. mask (h, h), corner and side of the window in pixels.
torch::Tensor box_of(const torch::TensorAccessor<float, 2>& mask, const Eigen::Vector2d& corner,
                     double side) {
  const int size = int(mask.size(0));
  int x0 = size, y0 = size, x1 = -1, y1 = -1;
  for (int y = 0; y < size; ++y) {
    for (int x = 0; x < size; ++x) {
      if (mask[y][x] < 0.5f) continue;
      x0 = std::min(x0, x), x1 = std::max(x1, x), y0 = std::min(y0, y), y1 = std::max(y1, y);
    }
  }
  if (x1 < 0) x0 = y0 = 0, x1 = y1 = size - 1;
  const double cell = side / size;
  return torch::tensor({corner.x() + x0 * cell, corner.y() + y0 * cell, corner.x() + (x1 + 1) * cell,
                        corner.y() + (y1 + 1) * cell})
      .to(torch::kFloat);
}

}  // namespace

torch::Tensor appearance_anchors(const torch::Tensor& template_joints) {
  const std::vector<int64_t> left = {15, 16, 18, 20, 9, 0, 4, 7}, right = {15, 17, 19, 21, 9, 0, 5, 8};
  return torch::stack({template_joints.index_select(0, torch::tensor(left)),
                       template_joints.index_select(0, torch::tensor(right))},
                      1);
}

torch::Tensor appearance(const torch::Tensor& colors, const torch::Tensor& mask,
                         const torch::Tensor& canonical, const torch::Tensor& anchors) {
  constexpr double kReach = 0.15;  // metres on the body surface
  const int64_t N = colors.size(0);
  const auto small = at::avg_pool2d(colors, 2).flatten(2);  // (N, 3, 1024)
  const auto weight = mask.flatten(1).unsqueeze(1);         // (N, 1, 1024)
  const auto mean = small.mean(2, true).clamp_min(0.05);    // (N, 3, 1)
  const auto relative = small / mean;
  const auto surface = canonical.flatten(2).unsqueeze(1);  // (N, 1, 3, 1024)
  torch::Tensor near;
  for (int side = 0; side < 2; ++side) {
    const auto d2 = (surface - anchors.select(1, side).view({1, kAppearanceAnchors, 3, 1})).pow(2).sum(2);
    const auto close = torch::exp(-d2 / (2 * kReach * kReach));
    near = near.defined() ? torch::maximum(near, close) : close;  // (N, 8, 1024)
  }
  const auto w = near * weight;
  const auto total = w.sum(2, true);                                                             // (N, 8, 1)
  const auto place_colors = torch::matmul(w, relative.transpose(1, 2)) / total.clamp_min(1e-3);  // (N, 8, 3)
  const auto visible = total / (total + 4);

  // Chroma relative to the crop's: r / (r + g + b), g / (r + g + b).
  const auto sum = relative.sum(1, true).clamp_min(1e-3);
  const auto chroma = (relative.slice(1, 0, 2) / sum * 3 - 1).clamp(-0.999, 0.999);  // (N, 2, 1024)
  const auto bins = torch::linspace(-0.8, 0.8, 5, colors.options()).view({1, 1, 5, 1});
  const auto in_bin = torch::relu(1 - (chroma.unsqueeze(2) - bins).abs() / 0.4);           // (N, 2, 5, 1024)
  const auto joint = in_bin.select(1, 0).unsqueeze(2) * in_bin.select(1, 1).unsqueeze(1);  // (N, 5, 5, 1024)
  const auto histogram = (joint * weight.unsqueeze(1)).sum(3) / weight.sum(2, true).clamp_min(1e-3);
  return torch::cat({(place_colors * visible).flatten(1), visible.flatten(1), histogram.view({N, 25}) * 3},
                    1);
}

CompactHumanBranch::CompactHumanBranch(CompactDetector detector, InstanceNetwork instance,
                                       torch::Tensor template_joints, int scene_size,
                                       DetectionOptions options, bool bf16)
    : detector_(std::move(detector)),
      instance_(std::move(instance)),
      anchors_(appearance_anchors(template_joints)),
      scene_size_(scene_size),
      options_(options),
      bf16_(bf16) {}

DetectionMaps CompactHumanBranch::detect(const torch::Tensor& features) {
  const torch::Device device = device_of(*detector_);
  Bf16Scope bf16(bf16_, device);
  return detector_->forward(features.to(device));
}

InstanceOutput CompactHumanBranch::look_closely(const torch::Tensor& crops) {
  const torch::Device device = device_of(*instance_);
  Bf16Scope bf16(bf16_, device);
  return to(instance_->forward(crops.to(device)), torch::kCPU);
}

HumanEstimate CompactHumanBranch::estimate(const torch::Tensor& images, const SceneEstimate& scene,
                                           const DetectionThresholds& thresholds, const Progress& progress) {
  torch::NoGradGuard no_grad;
  DetectionOptions options = options_;
  options.threshold = thresholds.weak;
  options.hidden_people = thresholds.weak < thresholds.sure;
  step(progress, "people", 0);
  const DetectionMaps maps = detect(scene.features);
  Closeups closeups;
  closeups.instances = find_instances(maps, options);
  const auto N = int64_t(closeups.instances.size());
  HumanEstimate out = blank(N);
  out.features = at::avg_pool2d(maps.features.to(torch::kFloat), 4);
  if (N == 0) {
    out.detection_features = torch::zeros({0, instance_->config.feature_dim + kAppearanceDim});
    out.pose6d = torch::zeros({0, kSmplJoints, 6});
    out.betas = torch::zeros({0, kSmplBetas});
    out.mask = torch::zeros({0, out.features.size(2), out.features.size(3)});
    return out;
  }

  std::vector<Window>& windows = closeups.windows;
  std::vector<Window> flat;
  std::vector<torch::Tensor> masks;
  for (const Instance& instance : closeups.instances) {
    windows.push_back(person_window(instance.view, instance.pelvis, instance.log_range));
    masks.push_back(instance.mask);
    flat.push_back(windows.back());
    flat.back().view = int(flat.size()) - 1;
  }
  const auto coarse = torch::stack(masks).unsqueeze(1);  // (N, 1, h, w)
  const auto colors = crop_windows(images, windows, kCropSize);
  const InstanceOutput& person = closeups.person =
      look_closely(torch::cat({colors, crop_windows(coarse, flat, kCropSize)}, 1));
  step(progress, "people", 0.9);

  const torch::Tensor& mask = closeups.mask = torch::sigmoid(person.mask);
  out.detection_features = torch::cat(
      {person.features, appearance(at::avg_pool2d(colors, 2), mask, person.canonical, anchors_)}, 1);
  out.mask = at::avg_pool2d(coarse, 4).squeeze(1);
  out.pose6d = person.pose6d;
  out.betas = person.betas;
  out.heading = torch::softmax(person.yaw, 1);
  out.joints2d_sigma = person.joints2d_error * kSigmaPerError;
  out.keypoint_sigma = person.pelvis_error * kSigmaPerError;
  out.keypoint_depth_sigma = person.log_range_error * kSigmaPerError;
  add_places(closeups, scene.K, double(images.size(3)), out);
  return out;
}

void CompactHumanBranch::add_places(const Closeups& closeups, const torch::Tensor& K, double picture_size,
                                    HumanEstimate& out) const {
  const auto& [instances, windows, person, mask] = closeups;
  const auto pelvis = person.pelvis.accessor<float, 2>();
  const auto seen = mask.contiguous();
  const auto seen_at = seen.accessor<float, 3>();
  for (int n = 0; n < int(instances.size()); ++n) {
    const Window& window = windows[n];
    const Eigen::Vector2d corner = (window.center.array() - window.side / 2) * picture_size;
    const double side = window.side * picture_size;
    out.view[n] = instances[n].view;
    out.score[n] = instances[n].score;
    out.keypoint[n][0] = corner.x() + (0.5 + pelvis[n][0]) * side;
    out.keypoint[n][1] = corner.y() + (0.5 + pelvis[n][1]) * side;
    out.joints2d_sigma[n] *= side;
    out.keypoint_sigma[n] *= side;
    out.joints2d[n] = person.joints2d[n] * side + torch::tensor({corner.x(), corner.y()}).to(torch::kFloat);
    const double f = K[instances[n].view][0][0].item<double>();
    const double log_range = window_log_range(window.side) + person.log_range[n].item<double>();
    out.keypoint_depth[n] = std::exp(log_range + kLogDistance) * f / scene_size_;
    out.box[n] = box_of(seen_at[n], corner, side);
  }
}

}  // namespace ahap

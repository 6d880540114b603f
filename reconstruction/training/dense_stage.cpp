#include "reconstruction/training/dense_stage.h"

#include <cmath>
#include <random>

#include "reconstruction/branches/compact/perspective_field.h"
#include "reconstruction/median.h"
#include "reconstruction/networks/device.h"
#include "reconstruction/networks/precision.h"
#include "reconstruction/synthetic/moving_world.h"

namespace ahap {

std::vector<RenderedCapture> training_captures(std::uint64_t seed, int count, const WorldOptions& world,
                                               double noise) {
  std::vector<RenderedCapture> captures;
  for (int i = 0; i < count; ++i) {
    const std::uint64_t capture_seed = seed * 64 + i;
    captures.push_back(render_capture(capture_seed, world));
    std::mt19937_64 random(capture_seed);
    for (auto& view : captures.back().views) {
      const double strength = noise * std::uniform_real_distribution<double>(0, 1)(random);
      add_camera_noise(view.image, random(), strength);
    }
  }
  return captures;
}

std::vector<RenderedCapture> pseudo_views(std::uint64_t seed, int frames, double seconds_between,
                                          WorldOptions options, double noise) {
  options.min_views = options.max_views = 1;
  const std::uint64_t capture_seed = seed * 64;
  const MovingWorld world = make_moving_world(capture_seed, options, frames * seconds_between);
  std::mt19937_64 random(capture_seed);
  const double strength = noise * std::uniform_real_distribution<double>(0, 1)(random);
  std::vector<RenderedCapture> captures;
  for (int i = 0; i < frames; ++i) {
    captures.push_back(render_capture(at_time(world, i * seconds_between)));
    add_camera_noise(captures.back().views[0].image, random(), strength);
  }
  return captures;
}

torch::Tensor focal_loss(const torch::Tensor& logits, const torch::Tensor& target) {
  const auto p = torch::sigmoid(logits);
  const auto peak = target.ge(0.999).to(torch::kFloat);
  const auto positive = (1 - p).pow(2) * torch::log_sigmoid(logits) * peak;
  const auto negative = (1 - target).pow(4) * p.pow(2) * torch::log_sigmoid(-logits) * (1 - peak);
  return -(positive.sum() + negative.sum()) / peak.sum().clamp_min(1);
}

DenseStage::DenseStage(const CompactSceneConfig& config, const DenseStageOptions& options, int render_threads)
    : networks(config),
      options_(options),
      batches_(
          [this](std::uint64_t seed) {
            const auto& o = options_;
            return dense_batch(training_captures(seed, o.captures_per_step, o.world, o.camera_noise),
                               networks->scene->config.input_size);
          },
          render_threads) {
  to_channels_last(*networks);
}

torch::Tensor DenseStage::loss(std::uint64_t seed, int, Measures& terms) {
  const DenseBatch batch = to(batches_.take(seed), device_of(*networks));
  SceneMaps scene;
  DetectionMaps people;
  {
    Bf16Scope bf16(options_.bf16, batch.images.device());
    scene = networks->scene(batch.images);
    people = networks->detector(scene.features);
  }
  const auto on_person = batch.mask.gt(0.5).to(torch::kFloat);
  const auto& w = options_.weights;
  const auto depth_error = (scene.log_depth - batch.log_depth).abs();
  const std::vector<std::tuple<const char*, double, torch::Tensor>> losses = {
      {"heat", w.heat, focal_loss(people.heat, batch.heat)},
      {"mask", w.mask,
       torch::binary_cross_entropy_with_logits(people.mask, batch.mask, {}, {}, at::Reduction::Mean)},
      {"vote", w.vote, masked_l1(people.vote, batch.vote, on_person.unsqueeze(1))},
      {"range", w.range, masked_l1(people.log_range, batch.log_range, on_person)},
      {"depth", w.depth, (depth_error * batch.depth_valid).sum() / batch.depth_valid.sum()},
      // The expected error e by the Laplace likelihood |d| / e + log e, with the error itself held fixed.
      {"depth_error", w.depth_error,
       ((depth_error.detach() * torch::exp(-scene.log_error) + scene.log_error) * batch.depth_valid).sum() /
           batch.depth_valid.sum()},
      {"height", w.height, masked_l1(scene.height, batch.height, batch.depth_valid)},
      {"up", w.up, (scene.up - batch.up).abs().mean()},
      {"latitude", w.latitude, (scene.latitude - batch.latitude).abs().mean()}};
  torch::Tensor total = torch::zeros({});
  for (const auto& [name, weight, value] : losses) {
    terms[name] = value.item<double>();
    if (weight > 0) total = total + weight * value;
  }
  return total;
}

Measures DenseStage::validate() {
  torch::NoGradGuard no_grad;
  double intersection = 0, united = 0, depth_sum = 0, depth_count = 0, gravity = 0, focal = 0;
  int views = 0, found = 0, predicted = 0, wanted = 0;
  std::vector<double> range_errors, gravity_errors;
  const double S = networks->scene->config.input_size;
  for (int i = 0; i < options_.validation_captures; ++i) {
    const auto captures =
        training_captures(kValidationSeed / 64 + i, 1, options_.world, options_.camera_noise);
    const DenseBatch batch = to(dense_batch(captures, int(S)), device_of(*networks));
    SceneMaps scene;
    DetectionMaps people;
    {
      Bf16Scope bf16(options_.bf16, batch.images.device());
      scene = networks->scene(batch.images);
      people = networks->detector(scene.features);
    }
    const auto truth = batch.mask.gt(0.5), guess = people.mask.gt(0);
    intersection += (truth & guess).sum().item<double>();
    united += (truth | guess).sum().item<double>();
    const auto ratio = (torch::exp(scene.log_depth - batch.log_depth) - 1).abs() * batch.depth_valid;
    depth_sum += ratio.sum().item<double>();
    depth_count += batch.depth_valid.sum().item<double>();
    for (int v = 0; v < batch.images.size(0); ++v, ++views) {
      const PerspectiveFit fit = fit_perspective(scene.up[v].cpu(), scene.latitude[v].cpu(), S);
      gravity_errors.push_back(std::acos(std::clamp(fit.up.dot(batch.camera_up[v]), -1.0, 1.0)) * 180 / M_PI);
      gravity += gravity_errors.back();
      focal += std::abs(std::log(fit.focal / batch.focal[v]));
    }
    const auto instances = find_instances(people, {});
    predicted += int(instances.size());
    wanted += int(batch.people.size());
    std::vector<bool> used(instances.size());
    for (const PersonTarget& person : batch.people) {
      int best = -1;
      double nearest = 0.35 * std::exp(-(person.log_range + kLogDistance));  // 35 cm
      for (std::size_t k = 0; k < instances.size(); ++k) {
        const double distance = (instances[k].pelvis - person.keypoint).norm();
        if (used[k] || instances[k].view != person.view || distance > nearest) continue;
        nearest = distance;
        best = int(k);
      }
      if (best < 0) continue;
      used[best] = true;
      ++found;
      range_errors.push_back(std::abs(std::expm1(instances[best].log_range - person.log_range)));
    }
  }
  return {{"precision", double(found) / std::max(1, predicted)},
          {"recall", double(found) / std::max(1, wanted)},
          {"mask_iou", intersection / std::max(1.0, united)},
          {"range_median", median(range_errors)},
          {"depth_abs_rel", depth_sum / std::max(1.0, depth_count)},
          {"gravity_median", median(gravity_errors)},
          {"gravity_mean", gravity / views},
          {"log_focal", focal / views}};
}

}  // namespace ahap

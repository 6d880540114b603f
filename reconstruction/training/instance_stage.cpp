#include "reconstruction/training/instance_stage.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

#include "reconstruction/geometry/similarity.h"
#include "reconstruction/median.h"
#include "reconstruction/networks/device.h"
#include "reconstruction/networks/precision.h"
#include "reconstruction/networks/rotations.h"
#include "reconstruction/networks/square_input.h"

namespace ahap {
namespace {

constexpr int kDenseSize = 32;

using Generator = std::mt19937_64;

double normal(Generator& random, double sigma) {
  return std::normal_distribution<double>(0, sigma)(random);
}
double uniform(Generator& random, double low, double high) {
  return std::uniform_real_distribution<double>(low, high)(random);
}

// The true mask on the detector's grid made as wrong as a detector's: shifted borders, holes, leaks into
// neighbours.
torch::Tensor degraded_mask(const torch::Tensor& ids, int person, Generator& random) {
  const auto own = ids.eq(person + 1).to(torch::kFloat),
             others = (ids.ne(0) & ids.ne(person + 1)).to(torch::kFloat);
  auto mask = own + others * (uniform(random, 0, 1) < 0.5 ? uniform(random, 0, 0.8) : 0.0);
  mask = at::avg_pool2d(mask.view({1, 1, ids.size(0), ids.size(1)}), 4);
  const int n = mask.size(2);
  const auto generator = at::detail::createCPUGenerator(random());
  const auto smooth_noise = [&](int cells) {
    const auto noise = torch::randn({1, 1, cells, cells}, generator, torch::kFloat);
    return at::upsample_bilinear2d(noise, {n, n}, false);
  };
  if (uniform(random, 0, 1) < 0.5) mask = at::avg_pool2d(mask, 3, 1, 1);
  const auto logits = torch::logit(mask.clamp(0.03, 0.97)) + smooth_noise(n) * uniform(random, 0, 1.0) +
                      smooth_noise(n / 4) * uniform(random, 0, 2.5);
  mask = torch::sigmoid(logits);
  mask = mask * mask.gt(0.4).to(torch::kFloat);
  return mask.view({n, n});
}

// Negative log-likelihood of Laplace distributions with these mean absolute errors.
torch::Tensor laplace(const torch::Tensor& expected_error, const torch::Tensor& error) {
  return (error / expected_error + torch::log(expected_error)).mean();
}

}  // namespace

std::vector<std::pair<int, int>> match_instances(const std::vector<Instance>& instances,
                                                 const std::vector<PersonTarget>& people) {
  std::vector<std::tuple<double, int, int>> candidates;
  for (std::size_t i = 0; i < instances.size(); ++i) {
    for (std::size_t p = 0; p < people.size(); ++p) {
      if (instances[i].view != people[p].view) continue;
      const double metres =
          (instances[i].pelvis - people[p].keypoint).norm() * std::exp(people[p].log_range + kLogDistance);
      if (metres < 0.35) candidates.emplace_back(metres, i, p);
    }
  }
  std::sort(candidates.begin(), candidates.end());
  std::vector<std::pair<int, int>> pairs;
  std::vector<bool> instance_used(instances.size()), person_used(people.size());
  for (const auto& [metres, i, p] : candidates) {
    if (instance_used[i] || person_used[p]) continue;
    instance_used[i] = person_used[p] = true;
    pairs.emplace_back(i, p);
  }
  return pairs;
}

InstanceBatch to(InstanceBatch batch, torch::Device device) {
  for (auto* tensor : {&batch.crops, &batch.mask, &batch.canonical, &batch.joints2d, &batch.rotations,
                       &batch.joints, &batch.betas, &batch.yaw, &batch.pelvis, &batch.log_range}) {
    if (tensor->defined()) *tensor = tensor->to(device);
  }
  return batch;
}

InstanceStage::InstanceStage(const InstanceConfig& config, const InstanceStageOptions& options,
                             const Smpl& body, DenseNetworks dense, int render_threads)
    : network(config),
      options_(options),
      body_(body),
      dense_(std::move(dense)),
      batches_([this](std::uint64_t seed) { return render(seed, options_.captures_per_step); },
               render_threads) {
  to_channels_last(*network);
}

RenderedBatch InstanceStage::render(std::uint64_t seed, int captures) const {
  RenderedBatch result;
  result.captures = training_captures(seed, captures, options_.world, options_.camera_noise);
  result.dense = dense_batch(result.captures,
                             dense_ ? dense_->scene->config.input_size : network->config.picture_size / 2);
  return result;
}

void InstanceStage::Crops::add(const PersonTarget& person, const Eigen::Vector2d& pelvis, double log_range,
                               const torch::Tensor& mask) {
  people.push_back(&person);
  windows.push_back(person_window(person.view, pelvis, log_range));
  auto window = windows.back();
  window.view = 0;
  coarse.push_back(crop_windows(mask.view({1, 1, mask.size(0), mask.size(1)}), {window}, kCropSize));
}

void InstanceStage::Crops::resize(int count) {
  people.resize(count), windows.resize(count), coarse.resize(count);
}

InstanceStage::Crops InstanceStage::detected_people(const DenseBatch& dense) {
  torch::NoGradGuard no_grad;
  DetectionMaps maps;
  {
    const torch::Device device = device_of(*dense_);
    Bf16Scope bf16(options_.bf16, device);
    maps = dense_->detector(dense_->scene(dense.images.to(device)).features);
  }
  const auto instances = find_instances(maps, {});
  Crops crops;
  for (const auto& [i, p] : match_instances(instances, dense.people))
    crops.add(dense.people[p], instances[i].pelvis, instances[i].log_range, instances[i].mask);
  return crops;
}

InstanceStage::Crops InstanceStage::disturbed_people(const DenseBatch& dense, Generator& random) const {
  const int64_t S = dense.images.size(3);
  Crops crops;
  for (const PersonTarget& person : dense.people) {
    const double metre = std::exp(-(person.log_range + kLogDistance));
    const Eigen::Vector2d shift(normal(random, 0.07), normal(random, 0.09));
    const auto mask = uniform(random, 0, 1) < 0.1
                          ? torch::zeros({S / 4, S / 4})
                          : degraded_mask(dense.person_ids[person.view], person.person, random);
    crops.add(person, person.keypoint + shift * metre, person.log_range + normal(random, 0.11), mask);
  }
  return crops;
}

InstanceBatch InstanceStage::batch(std::uint64_t seed, const RenderedBatch& rendered, int people_count) {
  Generator random(seed);
  Crops crops = dense_ ? detected_people(rendered.dense) : disturbed_people(rendered.dense, random);
  if (int(crops.people.size()) > people_count) crops.resize(people_count);
  if (crops.people.empty()) return {};
  InstanceBatch result;
  const auto pictures = square_input(pictures_of(rendered.captures), network->config.picture_size).images;
  result.crops = torch::cat({crop_windows(pictures, crops.windows, kCropSize), torch::cat(crops.coarse)}, 1);
  add_surface_targets(rendered.dense, crops, result);
  add_pose_targets(crops, result);
  return result;
}

// Masks and canonical surfaces.
void InstanceStage::add_surface_targets(const DenseBatch& dense, const Crops& crops, InstanceBatch& batch) {
  const int64_t S = dense.images.size(3);
  std::vector<torch::Tensor> masks, surfaces;
  for (std::size_t i = 0; i < crops.people.size(); ++i) {
    const PersonTarget& person = *crops.people[i];
    const auto own = dense.person_ids[person.view].eq(person.person + 1).to(torch::kFloat).view({1, 1, S, S});
    auto window = crops.windows[i];
    window.view = 0;
    masks.push_back(crop_windows(own, {window}, kDenseSize));
    const auto surface = dense.canonical[person.view].unsqueeze(0) * own;
    surfaces.push_back(crop_windows(surface, {window}, kDenseSize) / masks.back().clamp_min(1e-3));
  }
  batch.mask = torch::cat(masks).squeeze(1);
  batch.canonical = torch::cat(surfaces);
}

void InstanceStage::add_pose_targets(const Crops& crops, InstanceBatch& batch) const {
  const int N = int(crops.people.size());
  batch.joints2d = torch::zeros({N, kSmplJoints, 2});
  batch.rotations = torch::zeros({N, kSmplJoints, 3, 3});
  batch.joints = torch::zeros({N, kSmplJoints, 3});
  batch.betas = torch::zeros({N, kSmplBetas});
  batch.yaw = torch::zeros({N}, torch::kLong);
  batch.pelvis = torch::zeros({N, 2});
  batch.log_range = torch::zeros({N});
  auto joints2d = batch.joints2d.accessor<float, 3>(), joints = batch.joints.accessor<float, 3>();
  auto rotations = batch.rotations.accessor<float, 4>();
  for (int i = 0; i < N; ++i) {
    const PersonTarget& person = *crops.people[i];
    const Window& window = crops.windows[i];
    const auto in_window = [&](const Eigen::Vector2d& p) {
      return Eigen::Vector2d((p - window.center) / window.side);
    };
    for (int j = 0; j < kSmplJoints; ++j) {
      const Eigen::Vector2d p = in_window(person.joints2d[j]).array() + 0.5;
      for (int k = 0; k < 2; ++k) joints2d[i][j][k] = float(p[k]);
      for (int k = 0; k < 3; ++k) joints[i][j][k] = float(person.joints[j][k]);
      for (int r = 0; r < 3; ++r) {
        for (int c = 0; c < 3; ++c) rotations[i][j][r][c] = float(person.rotations[j](r, c));
      }
    }
    for (int k = 0; k < kSmplBetas; ++k) batch.betas[i][k] = person.betas[k];
    const Eigen::Vector3d forward = person.rotations[0].col(2);
    const double heading = std::atan2(forward.x(), -forward.z()) / (2 * M_PI) + 0.5;
    batch.yaw[i] = std::min(network->config.yaw_bins - 1, int(heading * network->config.yaw_bins));
    const Eigen::Vector2d pelvis = in_window(person.keypoint);
    batch.pelvis[i][0] = pelvis.x();
    batch.pelvis[i][1] = pelvis.y();
    batch.log_range[i] = person.log_range - window_log_range(window.side);
  }
}

torch::Tensor InstanceStage::loss(std::uint64_t seed, int, Measures& terms) {
  const InstanceBatch b = to(batch(seed, batches_.take(seed), options_.people_per_step), device_of(*network));
  if (!b.crops.defined()) return torch::zeros({}, torch::requires_grad());
  InstanceOutput out;
  {
    Bf16Scope bf16(options_.bf16, b.crops.device());
    out = network(b.crops);
  }
  const auto seen = b.mask.gt(0.5).to(torch::kFloat);
  const auto R6 = sixd_from_matrix(b.rotations);
  const auto R = matrix_from_6d(out.pose6d);
  const auto J = body_.joints(b.betas, R, torch::zeros({b.betas.size(0), 3}, b.betas.options()));
  const auto inside = (b.joints2d.gt(0) & b.joints2d.lt(1)).all(-1, true).to(torch::kFloat);
  const auto& w = options_.weights;
  const auto square = [](const torch::Tensor& x) { return x.pow(2).mean(); };
  const std::vector<std::tuple<const char*, double, torch::Tensor>> losses = {
      {"mask", w.mask,
       torch::binary_cross_entropy_with_logits(out.mask, b.mask.clamp(0, 1), {}, {}, at::Reduction::Mean)},
      {"canonical", w.canonical, masked_l1(out.canonical, b.canonical, seen.unsqueeze(1))},
      {"joints2d", w.joints2d, masked_l1(out.joints2d, b.joints2d, inside)},
      {"root", w.root, square(out.pose6d.select(1, 0) - R6.select(1, 0)) * 6},
      {"rotations", w.rotations, square(out.pose6d.slice(1, 1) - R6.slice(1, 1)) * 6},
      {"joints", w.joints, (out.joints - b.joints).abs().mean()},
      {"kinematic", w.kinematic_joints, (J - J.slice(1, 0, 1) - b.joints).abs().mean()},
      {"yaw", w.yaw, torch::cross_entropy_loss(out.yaw, b.yaw)},
      {"betas", w.betas, square(out.betas - b.betas)},
      {"pelvis", w.pelvis, (out.pelvis - b.pelvis).abs().mean()},
      {"range", w.range, (out.log_range - b.log_range).abs().mean()},
      {"errors", w.errors,
       laplace(out.joints2d_error.unsqueeze(2),
               (out.joints2d * inside + (out.joints2d * (1 - inside)).detach() - b.joints2d).abs()) +
           laplace(out.pelvis_error.unsqueeze(1), (out.pelvis - b.pelvis).abs()) +
           laplace(out.log_range_error, (out.log_range - b.log_range).abs())}};
  torch::Tensor total = torch::zeros({});
  for (const auto& [name, weight, value] : losses) {
    terms[name] = value.item<double>();
    if (weight > 0) total = total + weight * value;
  }
  return total;
}

Measures InstanceStage::validate() {
  torch::NoGradGuard no_grad;
  std::vector<double> roots, ranges, before, pixels;
  double mpjpe = 0, pa_mpjpe = 0, intersection = 0, united = 0, betas = 0;
  int people = 0;
  for (int i = 0; i < options_.validation_captures; ++i) {
    const std::uint64_t seed = kValidationSeed / 64 + i;
    const InstanceBatch b = to(batch(seed, render(seed, 1), 1000), device_of(*network));
    if (!b.crops.defined()) continue;
    InstanceOutput out;
    {
      Bf16Scope bf16(options_.bf16, b.crops.device());
      out = network(b.crops);
    }
    const auto R = matrix_from_6d(out.pose6d);
    const auto J =
        body_.joints(b.betas * 0 + out.betas, R, torch::zeros({b.betas.size(0), 3}, b.betas.options()));
    const auto predicted = (J - J.slice(1, 0, 1)).contiguous();
    const auto truth = b.mask.gt(0.5), guess = out.mask.gt(0);
    intersection += (truth & guess).sum().item<double>();
    united += (truth | guess).sum().item<double>();
    betas += (out.betas - b.betas).pow(2).mean(1).sum().item<double>();
    for (int n = 0; n < b.crops.size(0); ++n, ++people) {
      const auto relative = torch::matmul(R[n][0].t(), b.rotations[n][0]);
      const double cosine = (relative.diagonal().sum().item<double>() - 1) / 2;
      roots.push_back(std::acos(std::clamp(cosine, -1.0, 1.0)) * 180 / M_PI);
      ranges.push_back(std::abs(std::expm1((out.log_range[n] - b.log_range[n]).item<double>())));
      before.push_back(std::abs(std::expm1(b.log_range[n].item<double>())));
      pixels.push_back((out.joints2d[n] - b.joints2d[n]).norm(2, 1).median().item<double>() * kWindowMetres);
      std::vector<Eigen::Vector3d> from, to;
      for (int j = 0; j < kSmplJoints; ++j) {
        const auto p = predicted[n][j], q = b.joints[n][j];
        from.emplace_back(p[0].item<double>(), p[1].item<double>(), p[2].item<double>());
        to.emplace_back(q[0].item<double>(), q[1].item<double>(), q[2].item<double>());
        mpjpe += (from.back() - to.back()).norm() / kSmplJoints;
      }
      const auto aligned = align_points(from, to, AlignmentGroup::Sim3);
      for (int j = 0; j < kSmplJoints; ++j) {
        pa_mpjpe += (aligned ? (*aligned * from[j] - to[j]).norm() : (from[j] - to[j]).norm()) / kSmplJoints;
      }
    }
  }
  return {{"root_median", median(roots)},
          {"range_median", median(ranges)},
          {"range_before", median(before)},
          {"mpjpe", mpjpe / std::max(1, people)},
          {"pa_mpjpe", pa_mpjpe / std::max(1, people)},
          {"mask_iou", intersection / std::max(1.0, united)},
          {"joint2d_metres", median(pixels)},
          {"betas_mse", betas / std::max(1, people)},
          {"people", double(people)}};
}

}  // namespace ahap

#include "reconstruction/branches/pi3/pi3.h"

#include <optional>
#include <stdexcept>

#include "reconstruction/networks/precision.h"

namespace ahap {
namespace {

constexpr int kInjectionPeriod =
    8;  // decoder blocks from one pose injection to the next, the first after block 1
constexpr double kLargestLogDepth = 15;                      // of Pi3X
constexpr double kEncoderShare = 0.3, kDecoderShare = 0.45;  // of the time, for the progress report

// What the files hold besides: the constants of normalize_colors.
const std::vector<std::string> kColorConstants = {"image_mean", "image_std"};
// What only conditions pass through.
const std::vector<std::string> kConditionParts = {"depth_encoder.", "depth_emb", "ray_embed.",
                                                  "pose_inject_blk."};

int injections_of(int depth) {
  return (depth + kInjectionPeriod - 2) / kInjectionPeriod;
}

// Row and column of every token of one view, (registers + rows columns, 2): registers at (0, 0), patches from
// (1, 1) on.
torch::Tensor token_positions(int registers, std::int64_t rows, std::int64_t columns) {
  const auto row = (torch::arange(rows) + 1).unsqueeze(1).expand({rows, columns}).flatten();
  const auto column = (torch::arange(columns) + 1).expand({rows, columns}).flatten();
  return torch::cat({torch::zeros({registers, 2}, torch::kLong), torch::stack({row, column}, 1)});
}

// Sum of a b over the sum of b b, over all pixels of a view (V, H, W).
torch::Tensor regress(const torch::Tensor& a, const torch::Tensor& b) {
  return (a * b).sum({1, 2}) / (b * b).sum({1, 2});
}

std::shared_ptr<DenseHead> dense_head(const Pi3Config& config, const std::vector<int>& outputs) {
  if (config.x) return std::make_shared<ConvolutionHead>(config.encoder.dim, config.stage_dims, outputs);
  int channels = 0;
  for (const int output : outputs) channels += output;
  return std::make_shared<PatchHead>(config.encoder.dim, channels);
}

}  // namespace

Pi3Impl::Pi3Impl(const Pi3Config& config) : config(config) {
  const int C = config.encoder.dim;
  register_token = frozen_parameter(*this, "register_token", {1, 1, config.registers, C});
  encoder = register_module("encoder", DinoV2(config.encoder));
  VitBlockOptions block{.dim = C, .heads = C / kHeadDim, .hidden = 4 * C};
  block.qk_norm = true;
  for (int i = 0; i < config.depth; ++i)
    decoder.push_back(place(*this, "decoder." + std::to_string(i), VitBlock(block)));
  const auto head_decoder = [&](const char* name, int out) {
    return register_module(name, HeadDecoder(2 * C, C, config.head_depth, out));
  };
  point_decoder = head_decoder("point_decoder", C);
  conf_decoder = head_decoder("conf_decoder", C);
  camera_decoder = head_decoder("camera_decoder", config.camera_dim);
  point_head = register_module("point_head", dense_head(config, {2, 1}));
  conf_head = register_module("conf_head", dense_head(config, {1}));
  camera_head = register_module("camera_head", CameraHead(config.camera_dim));
  if (config.x) add_metric_scale();
  if (config.x && config.conditions) add_conditions();
}

void Pi3Impl::add_metric_scale() {
  const int C = config.encoder.dim;
  metric_token = frozen_parameter(*this, "metric_token", {1, 1, 2 * C});
  metric_decoder =
      register_module("metric_decoder", MetricDecoder(2 * C, config.metric_dim, config.head_depth));
  metric_head = register_module("metric_head", FrozenLinear(config.metric_dim, 1));
}

void Pi3Impl::add_conditions() {
  const int C = config.encoder.dim;
  DinoV2Config of_depth = config.encoder;
  of_depth.channels = 2;
  depth_encoder = register_module("depth_encoder", DinoV2(of_depth));
  depth_emb = frozen_parameter(*this, "depth_emb", {1, 1, C});
  ray_embed = place(*this, "ray_embed.proj", FrozenConv2d(2, C, kPatch, kPatch));
  VitBlockOptions block{.dim = C, .heads = C / kHeadDim, .hidden = 4 * C};
  block.qk_norm = true;
  for (int i = 0; i < injections_of(config.depth); ++i)
    pose_injections.push_back(place(*this, "pose_inject_blk." + std::to_string(i), PoseInjection(block)));
}

torch::Tensor Pi3Impl::with_known_maps(torch::Tensor patches, const Pi3Prior& prior) {
  const auto device = patches.device();
  if (prior.rays.defined()) {
    const Float32Scope exact;
    const auto embedded = ray_embed(prior.rays.to(device)).flatten(2).transpose(1, 2);
    patches = patches.index_add(0, prior.ray_views.to(device), embedded);
  }
  if (prior.depth.defined()) {
    const auto embedded = depth_encoder->patches(prior.depth.to(device)) + depth_emb;
    patches = patches.index_add(0, prior.depth_views.to(device), embedded);
  }
  return patches;
}

// Blocks alternate between each view by itself and all views: (V, P, C) -> hidden features.
torch::Tensor Pi3Impl::decode(const torch::Tensor& patches, std::int64_t rows, std::int64_t columns,
                              const Pi3Prior& prior, const std::function<void(double)>& on_block) {
  const std::int64_t V = patches.size(0), C = patches.size(2);
  const int R = config.registers;
  const auto device = patches.device();
  const auto positions = token_positions(R, rows, columns).to(device);
  const RotaryEmbedding local(positions), global(positions.repeat({V, 1}));
  std::optional<CameraEncoding> cameras;
  torch::Tensor posed;
  if (prior.pose_views.defined()) {
    posed = prior.pose_views.to(device);
    cameras.emplace(prior.first_from_camera.to(device).index_select(0, posed), rows, columns);
  }
  auto x = torch::cat({register_token.squeeze(0).expand({V, R, C}), patches}, 1);  // (V, T, C)
  torch::Tensor last_local;
  for (int i = 0; i < config.depth; ++i) {
    if (i % 2 == 0) {
      x = last_local = decoder[i](x, &local);
    } else {
      x = decoder[i](x.reshape({1, -1, C}), &global).view(x.sizes());
    }
    if (cameras && i % kInjectionPeriod == 1) {
      const auto seen = x.slice(1, R);
      const auto added = pose_injections[i / kInjectionPeriod](seen.index_select(0, posed), *cameras);
      x = torch::cat({x.slice(1, 0, R), seen.index_add(0, posed, added)}, 1);
    }
    on_block(double(i + 1) / config.depth);
  }
  return torch::cat({last_local, x}, -1);
}

Pi3Output Pi3Impl::forward(const Pi3Input& input, bool bf16, const Progress& progress) {
  const torch::NoGradGuard no_grad;
  const auto report = [&](double fraction) { step(progress, "depth and cameras", fraction); };
  report(0);
  const torch::Tensor& images = input.images;
  const std::int64_t V = images.size(0), H = images.size(2), W = images.size(3);
  const std::int64_t rows = H / kPatch, columns = W / kPatch;
  const Pi3Prior prior = prepare_conditions(input.conditions, V, H, W);
  const bool conditioned = prior.rays.defined() || prior.depth.defined() || prior.pose_views.defined();
  if (conditioned && !config.x) throw std::runtime_error("Pi3 takes no known cameras or depth; Pi3X does.");
  if (conditioned && !config.conditions)
    throw std::runtime_error("Pi3X was loaded without the parts that take known cameras or depth.");

  Pi3Output out;
  {
    const Bf16Scope scope(bf16, images.device());
    out.encoded =
        encoder->patches(normalize_colors(images), [&](double done) { report(kEncoderShare * done); });
    out.hidden = decode(with_known_maps(out.encoded, prior), rows, columns, prior,
                        [&](double done) { report(kEncoderShare + kDecoderShare * done); });
    const auto positions = token_positions(config.registers, rows, columns).to(images.device());
    const RotaryEmbedding local(positions);
    out.point_tokens = point_decoder(out.hidden, local);
    out.conf_tokens = conf_decoder(out.hidden, local);
    out.camera_tokens = camera_decoder(out.hidden, local);
    if (config.x) {
      const RotaryEmbedding global(positions.repeat({V, 1}));
      out.metric = metric_decoder(metric_token, out.hidden.reshape({1, -1, out.hidden.size(2)}), global);
    }
  }
  const auto patches_of = [&](const torch::Tensor& tokens) { return tokens.slice(1, config.registers); };
  out.camera_poses = camera_head(patches_of(out.camera_tokens));

  std::vector<torch::Tensor> points, conf;
  for (std::int64_t v = 0; v < V; ++v) {  // one view at a time: the enlarged maps are large
    points.push_back(point_head->forward(patches_of(out.point_tokens.slice(0, v, v + 1)), H, W));
    conf.push_back(conf_head->forward(patches_of(out.conf_tokens.slice(0, v, v + 1)), H, W));
    const double heads = double(v + 1) / double(V);
    report(kEncoderShare + kDecoderShare + (1 - kEncoderShare - kDecoderShare) * heads);
  }
  out.conf = torch::cat(conf).squeeze(1);
  const auto xyw = torch::cat(points).permute({0, 2, 3, 1});  // (V, H, W, 3)
  const auto xy = xyw.slice(-1, 0, 2);
  const auto log_depth = xyw.slice(-1, 2, 3);
  const auto z = (config.x ? log_depth.clamp_max(kLargestLogDepth) : log_depth).exp();
  out.local_points = torch::cat({xy * z, z}, -1);
  if (config.x) {
    const auto rays = torch::cat({xy, torch::ones_like(z)}, -1);
    out.rays = rays / rays.norm(2, {-1}, true);
    out.metric = metric_head(out.metric).exp().view({1});
    out.local_points = out.local_points * out.metric;
    out.camera_poses.slice(1, 0, 3).select(2, 3).mul_(out.metric);
  }
  const auto R = out.camera_poses.slice(1, 0, 3).slice(2, 0, 3),
             t = out.camera_poses.slice(1, 0, 3).select(2, 3);
  out.points = torch::matmul(out.local_points.view({V, H * W, 3}), R.transpose(1, 2)).view({V, H, W, 3}) +
               t.view({V, 1, 1, 3});
  return out;
}

torch::Tensor fit_intrinsics(const torch::Tensor& local_points) {
  const std::int64_t V = local_points.size(0), H = local_points.size(1), W = local_points.size(2);
  const auto points = local_points.to(torch::kDouble);
  const auto z = points.select(-1, 2);
  const auto u = torch::arange(W, points.options()) - double(W - 1) / 2;
  const auto v = (torch::arange(H, points.options()) - double(H - 1) / 2).unsqueeze(1);
  auto K = torch::eye(3, points.options()).repeat({V, 1, 1});
  K.select(1, 0).select(1, 0).copy_(regress(u, points.select(-1, 0) / z));
  K.select(1, 1).select(1, 1).copy_(regress(v, points.select(-1, 1) / z));
  K.select(1, 0).select(1, 2).fill_(double(W) / 2);
  K.select(1, 1).select(1, 2).fill_(double(H) / 2);
  return K.to(torch::kFloat);
}

namespace {

constexpr const char* kCameraRotation = "camera_head.fc_rot.weight";

// Usually empty.
std::string pi3_prefix(const Checkpoint& checkpoint) {
  const CheckpointKind kind = checkpoint.kind();
  if (kind != CheckpointKind::pi3 && kind != CheckpointKind::pi3x) {
    throw std::runtime_error(checkpoint.file.string() + " holds " + describe(kind) + ", not " +
                             describe(CheckpointKind::pi3) + " or " + describe(CheckpointKind::pi3x));
  }
  return *checkpoint.prefix_before(kCameraRotation);
}

Pi3 pi3_of(const Checkpoint& checkpoint, torch::Device device, bool conditions, bool check_only) {
  Pi3Config config = pi3_config(checkpoint);
  config.conditions = conditions;
  Pi3 network(config);
  network->eval();
  LoadIntoOptions options{.prefix = pi3_prefix(checkpoint), .ignored = kColorConstants};
  options.device = device;
  options.check_only = check_only;
  if (config.x && !conditions)
    options.ignored.insert(options.ignored.end(), kConditionParts.begin(), kConditionParts.end());
  load_into(*network, checkpoint, options);
  return network;
}

}  // namespace

Pi3Config pi3_config(const Checkpoint& checkpoint) {
  return pi3_config(checkpoint, pi3_prefix(checkpoint), checkpoint.kind() == CheckpointKind::pi3x);
}

Pi3Config pi3_config(const Checkpoint& checkpoint, const std::string& prefix, bool x) {
  const Pi3Config published;
  const auto length = [&](const std::string& name, std::int64_t axis) {
    const torch::Tensor& tensor = checkpoint.at(prefix + name);
    if (axis >= tensor.dim())
      throw std::runtime_error(checkpoint.file.string() + ": tensor " + prefix + name + " has too few axes");
    return int(tensor.size(axis));
  };
  const auto count = [&](const std::string& list) {
    int n = 0;
    while (checkpoint.tensors.contains(prefix + list + "." + std::to_string(n) + ".norm2.weight")) ++n;
    return n;
  };
  Pi3Config config;
  config.x = x;
  config.encoder = dinov2_config(checkpoint, prefix + "encoder.");
  config.encoder.registers = length("encoder.register_tokens", 1);
  config.depth = count("decoder");
  config.registers = length("register_token", 2);
  config.head_depth = count("point_decoder.blocks");
  config.camera_dim = length(kCameraRotation, 1);
  if (config.x) {
    config.metric_dim = length("metric_head.weight", 1);
    for (std::size_t i = 0; i < config.stage_dims.size(); ++i)
      config.stage_dims[i] = length("point_head.upsample_blocks." + std::to_string(i) + ".0.0.weight", 1);
  }
  const bool whole = config.encoder.dim != published.encoder.dim ||
                     (config.encoder.depth == published.encoder.depth && config.depth == published.depth &&
                      config.head_depth == published.head_depth);
  if (!whole || config.depth < 2 || config.depth % 2 != 0) {
    throw std::runtime_error(checkpoint.file.string() + ": " + std::to_string(config.encoder.depth) + ", " +
                             std::to_string(config.depth) + " and " + std::to_string(config.head_depth) +
                             " blocks in encoder, decoder and heads are not those of " + config.name() +
                             " (24, 36, 5); tensors may be missing");
  }
  return config;
}

Pi3 load_pi3(const Checkpoint& checkpoint, torch::Device device, bool conditions) {
  return pi3_of(checkpoint, device, conditions, /*check_only=*/false);
}

void check_pi3(const Checkpoint& checkpoint) {
  pi3_of(checkpoint, torch::kCPU, /*conditions=*/true, /*check_only=*/true);
}

SceneEstimate Pi3Branch::estimate(const torch::Tensor& images, const Progress& progress) {
  const Pi3Output output = network_->forward({.images = images.to(device_)}, bf16_, progress);
  const std::int64_t rows = images.size(2) / kPatch, columns = images.size(3) / kPatch;
  SceneEstimate estimate;
  const auto patches = output.hidden.slice(1, network_->config.registers);
  estimate.features = patches.transpose(1, 2).unflatten(2, {rows, columns});
  estimate.depth = output.local_points.select(-1, 2).contiguous().cpu();
  estimate.depth_conf = output.conf.sigmoid().cpu();
  estimate.K = fit_intrinsics(output.local_points).cpu();
  estimate.world_from_camera = output.camera_poses.cpu();
  estimate.metric = network_->config.x;
  return estimate;
}

}  // namespace ahap

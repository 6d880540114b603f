#include "reconstruction/branches/depth_anything3/depth_anything3.h"

#include <algorithm>
#include <stdexcept>

#include "reconstruction/networks/precision.h"

namespace ahap {
namespace {

constexpr double kBackboneShare = 0.85;  // of the time, for the progress report
constexpr const char* kBackbone = "backbone.pretrained.";

struct PublishedSize {
  const char* name;
  int dim, depth, alternation_start;
  std::array<int, kTaps> output_blocks;
};
constexpr PublishedSize kSizes[] = {{"Small", 384, 12, 4, {5, 7, 9, 11}},
                                    {"Base", 768, 12, 4, {5, 7, 9, 11}},
                                    {"Large", 1024, 24, 8, {11, 15, 19, 23}},
                                    {"Giant", 1536, 40, 13, {19, 27, 33, 39}}};

// What the weight files hold besides the any-view network at work: Gaussian splatting, and the ray branch's
// levels that only training looked at. The levels share one LayerNorm; some writers repeat it under every
// level's name.
const std::vector<std::string> kIgnored = {"gs_head.",
                                           "gs_adapter.",
                                           "head.scratch.output_conv1_aux.0.",
                                           "head.scratch.output_conv1_aux.1.",
                                           "head.scratch.output_conv1_aux.2.",
                                           "head.scratch.output_conv2_aux.0.0.",
                                           "head.scratch.output_conv2_aux.0.5.",
                                           "head.scratch.output_conv2_aux.1.",
                                           "head.scratch.output_conv2_aux.2.",
                                           "head.scratch.output_conv2_aux.3.2."};

// "model.", or "model.da3." in the file that holds the metric network too.
std::string prefix_of(const Checkpoint& checkpoint) {
  const CheckpointKind kind = checkpoint.kind();
  if (kind != CheckpointKind::depth_anything3 && kind != CheckpointKind::depth_anything3_nested) {
    throw std::runtime_error(checkpoint.file.string() + " holds " + describe(kind) + ", not " +
                             describe(CheckpointKind::depth_anything3));
  }
  return *checkpoint.prefix_before(std::string(kBackbone) + "camera_token");
}

// Channels of a weight's first axis.
int outputs(const Checkpoint& checkpoint, const std::string& name) {
  const torch::Tensor& weight = checkpoint.at(name);
  if (weight.dim() != 4) {
    throw std::runtime_error(checkpoint.file.string() + ": tensor " + name +
                             " is not a convolution's weight");
  }
  return int(weight.size(0));
}

}  // namespace

DepthAnything3Config depth_anything3_config(const Checkpoint& checkpoint) {
  const std::string prefix = prefix_of(checkpoint);
  DepthAnything3Config config;
  config.backbone.vit = dinov2_config(checkpoint, prefix + kBackbone);
  config.backbone.vit.norm_eps = 1e-5;
  const auto size = std::find_if(std::begin(kSizes), std::end(kSizes), [&](const PublishedSize& published) {
    return published.dim == config.backbone.vit.dim && published.depth == config.backbone.vit.depth;
  });
  if (size == std::end(kSizes)) {
    throw std::runtime_error(checkpoint.file.string() + ": a backbone of " +
                             std::to_string(config.backbone.vit.depth) + " blocks of " +
                             std::to_string(config.backbone.vit.dim) +
                             " channels is none of Depth Anything 3's (Small, Base, Large, Giant); tensors " +
                             prefix + kBackbone + "blocks may be missing");
  }
  config.size = size->name;
  config.backbone.vit.qk_norm_start = size->alternation_start;
  config.backbone.alternation_start = size->alternation_start;
  config.backbone.output_blocks = size->output_blocks;
  config.head.feature_dim = 2 * config.backbone.vit.dim;
  for (std::size_t i = 0; i < config.head.stage_dims.size(); ++i)
    config.head.stage_dims[i] =
        outputs(checkpoint, prefix + "head.projects." + std::to_string(i) + ".weight");
  config.head.fused_dim = outputs(checkpoint, prefix + "head.scratch.refinenet1.out_conv.weight");
  return config;
}

DepthAnything3Impl::DepthAnything3Impl(const DepthAnything3Config& config) : config(config) {
  backbone = place(*this, "backbone.pretrained", CrossViewBackbone(config.backbone));
  head = register_module("head", DualDpt(config.head));
  cam_dec = register_module("cam_dec", CameraDecoder(2 * config.backbone.vit.dim));
  cam_enc = register_module("cam_enc", CameraEncoder(config.backbone.vit.dim));
}

DepthAnything3Output DepthAnything3Impl::forward(const DepthAnything3Input& input, bool with_rays, bool bf16,
                                                 const Progress& progress) {
  const torch::NoGradGuard no_grad;
  const std::int64_t S = input.images.size(0), H = input.images.size(2), W = input.images.size(3);
  const auto report = [&](double fraction) { step(progress, "depth and cameras", fraction); };
  report(0);
  torch::Tensor camera_tokens;
  if (input.camera_from_world.defined())
    camera_tokens = cam_enc(encode_cameras(input.camera_from_world, input.K, double(H), double(W)));

  CrossViewFeatures tapped;
  {
    const Bf16Scope scope(bf16, input.images.device());
    tapped = backbone->forward(input.images, camera_tokens,
                               [&](double fraction) { report(kBackboneShare * fraction); });
  }
  DepthAnything3Output out;
  out.reference_view = tapped.reference_view;
  out.camera_feature = tapped.camera;
  out.pose_encoding = cam_dec(tapped.camera);
  out.cameras = decode_cameras(out.pose_encoding, double(H), double(W));

  std::vector<torch::Tensor> depth, depth_conf, ray, ray_conf;
  for (std::int64_t v = 0; v < S; ++v) {  // one view at a time: the fused maps are large
    std::array<torch::Tensor, kTaps> features;
    for (int i = 0; i < kTaps; ++i) features[i] = tapped.patches[i].slice(0, v, v + 1);
    const DenseOutput dense = head->forward(features, H, W, with_rays);
    depth.push_back(dense.depth);
    depth_conf.push_back(dense.depth_conf);
    ray.push_back(dense.ray);
    ray_conf.push_back(dense.ray_conf);
    report(kBackboneShare + (1 - kBackboneShare) * double(v + 1) / double(S));
  }
  out.dense.depth = torch::cat(depth);
  out.dense.depth_conf = torch::cat(depth_conf);
  if (with_rays) {
    out.dense.ray = torch::cat(ray);
    out.dense.ray_conf = torch::cat(ray_conf);
  }
  for (int i = 0; i < kTaps; ++i) out.features[i] = tapped.patches[i].unflatten(1, {H / kPatch, W / kPatch});
  return out;
}

namespace {

DepthAnything3 network_of(const Checkpoint& checkpoint, torch::Device device, bool check_only) {
  DepthAnything3 network(depth_anything3_config(checkpoint));
  network->eval();
  load_into(*network, checkpoint,
            {.prefix = prefix_of(checkpoint),
             .ignored = kIgnored,
             .allow_unknown = true,
             .device = device,
             .check_only = check_only});
  return network;
}

}  // namespace

DepthAnything3 load_depth_anything3(const Checkpoint& checkpoint, torch::Device device) {
  return network_of(checkpoint, device, false);
}

void check_depth_anything3(const Checkpoint& checkpoint) {
  network_of(checkpoint, torch::kCPU, true);
}

SceneEstimate DepthAnything3Branch::estimate(const torch::Tensor& images, const Progress& progress) {
  const DepthAnything3Output output = network_->forward({.images = normalize_colors(images.to(device_))},
                                                        /*with_rays=*/false, bf16_, progress);
  SceneEstimate estimate;
  estimate.features = output.features.back().permute({0, 3, 1, 2});
  estimate.depth = output.dense.depth.cpu();
  estimate.depth_conf = (1 - 1 / output.dense.depth_conf).cpu();
  estimate.K = output.cameras.K.cpu();
  const auto last_row = torch::tensor({0.f, 0.f, 0.f, 1.f}).view({1, 1, 4}).expand({images.size(0), 1, 4});
  estimate.world_from_camera = torch::cat({output.cameras.world_from_camera.cpu(), last_row}, 1);
  return estimate;
}

}  // namespace ahap

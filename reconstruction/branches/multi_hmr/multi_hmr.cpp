#include "reconstruction/branches/multi_hmr/multi_hmr.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "reconstruction/ahap/human_head.h"
#include "reconstruction/networks/precision.h"
#include "reconstruction/networks/rotations.h"

namespace ahap {
namespace {

constexpr double kSmallestScore = 1e-4;
constexpr double kFarthest = 50;  // metres
constexpr const char* kClassifier = "mlp_classif.0.weight";

struct PublishedSize {
  const char* name;
  int dim, depth;
};
constexpr PublishedSize kSizes[] = {{"S", 384, 12}, {"B", 768, 12}, {"L", 1024, 24}};

std::string prefix_of(const Checkpoint& checkpoint) {
  if (checkpoint.kind() != CheckpointKind::multi_hmr) {
    throw std::runtime_error(checkpoint.file.string() + " holds " + describe(checkpoint.kind()) + ", not " +
                             describe(CheckpointKind::multi_hmr));
  }
  return *checkpoint.prefix_before(kClassifier);
}

int rows_of(const Checkpoint& checkpoint, const std::string& name) {
  const torch::Tensor& matrix = checkpoint.at(name);
  if (matrix.dim() != 2)
    throw std::runtime_error(checkpoint.file.string() + ": tensor " + name + " is not a matrix");
  return int(matrix.size(0));
}

// The camera-ray embedding of every patch. The released weights pair a patch's row with fx, cx and its column
// with fy, cy.
torch::Tensor camera_embedding(const torch::Tensor& K, std::int64_t grid) {
  const auto centers = (torch::arange(grid, K.options()) + 0.5) * kPatch;
  const auto row = centers.unsqueeze(1).expand({grid, grid}), column = centers.expand({grid, grid});
  return ray_embedding(torch::stack({row, column}, -1).unsqueeze(0), K.view({-1, 1, 1, 3, 3}));
}

torch::Tensor distance_of(const torch::Tensor& log_distance, const torch::Tensor& focal, double side) {
  return (torch::exp(log_distance * focal / focal_60(side)) - 1e-10).clamp(0, kFarthest);
}

}  // namespace

MultiHmrConfig multi_hmr_config(const Checkpoint& checkpoint) {
  const std::string prefix = prefix_of(checkpoint);
  MultiHmrConfig config;
  config.backbone = dinov2_config(checkpoint, prefix + "backbone.encoder.");
  const auto size = std::find_if(std::begin(kSizes), std::end(kSizes), [&](const PublishedSize& published) {
    return published.dim == config.backbone.dim && published.depth == config.backbone.depth;
  });
  if (size == std::end(kSizes)) {
    throw std::runtime_error(checkpoint.file.string() + ": a backbone of " +
                             std::to_string(config.backbone.depth) + " blocks of " +
                             std::to_string(config.backbone.dim) +
                             " channels is none of Multi-HMR's (S, B, L); tensors " + prefix +
                             "backbone.encoder.blocks may be missing");
  }
  config.size = size->name;
  const std::string head = prefix + "x_attention_head.";
  config.decoder.context_dim = config.backbone.dim + kRayChannels;
  config.decoder.grid = rows_of(checkpoint, head + "cross_queries_x");
  config.decoder.betas = rows_of(checkpoint, head + "decshape.weight");
  config.decoder.layers = 0;
  while (checkpoint.tensors.contains(head + "transformer.transformer.layers." +
                                     std::to_string(config.decoder.layers) + ".0.norm.weight"))
    ++config.decoder.layers;
  return config;
}

torch::Tensor suppress_non_maxima(const torch::Tensor& scores) {
  const auto largest = at::max_pool2d(scores.unsqueeze(1), {3, 3}, {1, 1}, {1, 1}).squeeze(1);
  return torch::where(scores == largest, scores, torch::zeros_like(scores));
}

MultiHmrImpl::MultiHmrImpl(const MultiHmrConfig& config) : config(config) {
  const int C = config.backbone.dim;
  backbone = place(*this, "backbone.encoder", DinoV2(config.backbone));
  classify1 = place(*this, "mlp_classif.0", FrozenLinear(C, C));
  classify2 = place(*this, "mlp_classif.2", FrozenLinear(C, 1));
  offset1 = place(*this, "mlp_offset.0", FrozenLinear(C, C));
  offset2 = place(*this, "mlp_offset.2", FrozenLinear(C, 2));
  decoder = register_module("x_attention_head", PersonDecoder(config.decoder));
}

torch::Tensor MultiHmrImpl::backbone_features(const torch::Tensor& image, bool bf16,
                                              const std::function<void(double)>& on_block) {
  const Bf16Scope scope(bf16, image.device());
  const std::int64_t grid = image.size(2) / kPatch;
  return backbone->patches(image, on_block).unflatten(1, {grid, grid});
}

torch::Tensor MultiHmrImpl::features(const torch::Tensor& images, bool bf16, const Progress& progress) {
  const torch::NoGradGuard no_grad;
  const std::int64_t V = images.size(0);
  if (images.size(2) != images.size(3) || images.size(2) / kPatch > config.decoder.grid) {
    throw std::runtime_error("Multi-HMR takes square images of at most " +
                             std::to_string(config.input_size()) + " pixels, not " +
                             std::to_string(images.size(3)) + " x " + std::to_string(images.size(2)) + ".");
  }
  std::vector<torch::Tensor> features;
  for (std::int64_t v = 0; v < V; ++v) {  // one view at a time: attention over many patches needs much memory
    features.push_back(backbone_features(images.slice(0, v, v + 1), bf16, [&](double fraction) {
      step(progress, "people", (double(v) + fraction) / double(V));
    }));
  }
  return torch::cat(features);
}

MultiHmrOutput MultiHmrImpl::forward(const torch::Tensor& images, const torch::Tensor& K, double threshold,
                                     bool bf16, const Progress& progress) {
  const torch::NoGradGuard no_grad;
  const std::int64_t V = images.size(0), grid = images.size(2) / kPatch;
  MultiHmrOutput out;
  out.features = features(images, bf16, progress);
  out.camera = camera_embedding(K, grid);
  out.logits = classify2(torch::relu(classify1(out.features))).squeeze(-1);
  out.scores = torch::sigmoid(out.logits).clamp(kSmallestScore, 1 - kSmallestScore);

  const auto peaks = suppress_non_maxima(out.scores);
  out.index = torch::nonzero((peaks > 0) & (peaks >= threshold));
  const auto view = out.index.select(1, 0), row = out.index.select(1, 1), column = out.index.select(1, 2);
  out.score = peaks.index({view, row, column});
  out.offset = offset2(torch::relu(offset1(out.features.index({view, row, column}))));
  out.loc = (torch::stack({column, row}, 1) + 0.5 + out.offset) * kPatch;

  std::vector<torch::Tensor> pose6d = {torch::empty({0, 6 * kWholeBodyRotations}, images.options())};
  std::vector<torch::Tensor> betas = {torch::empty({0, config.decoder.betas}, images.options())};
  std::vector<torch::Tensor> camera = {torch::empty({0, 3}, images.options())};
  std::vector<torch::Tensor> expression = {torch::empty({0, kExpressions}, images.options())};
  for (std::int64_t v = 0; v < V; ++v) {
    const auto here = torch::nonzero(view == v).squeeze(1);
    if (here.numel() == 0) continue;
    const WholeBodies bodies = decoder->forward(torch::cat({out.features[v], out.camera[v]}, -1),
                                                row.index_select(0, here), column.index_select(0, here));
    pose6d.push_back(bodies.pose6d);
    betas.push_back(bodies.betas);
    camera.push_back(bodies.camera);
    expression.push_back(bodies.expression);
  }
  out.bodies = {torch::cat(pose6d), torch::cat(betas), torch::cat(camera), torch::cat(expression)};
  out.rotations = matrix_from_6d(out.bodies.pose6d.unflatten(-1, {kWholeBodyRotations, 6}));

  const auto K_of_person = K.index_select(0, view);
  const auto focal = K_of_person.select(1, 0).narrow(1, 0, 1);  // fx
  out.distance = distance_of(out.bodies.camera.narrow(1, 0, 1), focal, double(images.size(3)));
  const auto pixel = torch::cat({out.loc, torch::ones_like(focal)}, 1).unsqueeze(-1);
  out.transl = out.distance * torch::matmul(torch::inverse(K_of_person), pixel).squeeze(-1);
  return out;
}

namespace {

MultiHmr network_of(const Checkpoint& checkpoint, torch::Device device, bool check_only) {
  MultiHmr network(multi_hmr_config(checkpoint));
  network->eval();
  load_into(*network, checkpoint,
            {.prefix = prefix_of(checkpoint),
             .ignored = {"backbone.encoder.mask_token", "x_attention_head.init_betas_kid", "smpl_layer."},
             .allow_unknown = true,
             .device = device,
             .check_only = check_only});
  return network;
}

}  // namespace

MultiHmr load_multi_hmr(const Checkpoint& checkpoint, torch::Device device) {
  return network_of(checkpoint, device, false);
}

void check_multi_hmr(const Checkpoint& checkpoint) {
  network_of(checkpoint, torch::kCPU, true);
}

}  // namespace ahap

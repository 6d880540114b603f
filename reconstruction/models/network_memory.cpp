#include "reconstruction/models/network_memory.h"

#include <torch/torch.h>

#include "reconstruction/branches/depth_anything3/depth_anything3.h"
#include "reconstruction/branches/mast3r/mast3r.h"
#include "reconstruction/branches/multi_hmr/multi_hmr.h"
#include "reconstruction/branches/pi3/pi3.h"

namespace ahap {
namespace {

constexpr std::uint64_t kFloat = 4;                         // bytes
constexpr std::uint64_t kScores = 2 * kFloat * kMaxScores;  // of attention, before and after softmax

std::uint64_t weights_of(const torch::nn::Module& module) {
  std::uint64_t numbers = 0;
  for (const torch::Tensor& parameter : module.parameters()) numbers += std::uint64_t(parameter.numel());
  return kFloat * numbers;
}

std::uint64_t patches_of(int side) {
  return std::uint64_t(side / kPatch) * std::uint64_t(side / kPatch);
}

// Tokens (T, C) of one view.
std::uint64_t tokens_of(const DinoV2Config& vit, int side) {
  return kFloat * (1 + patches_of(side)) * std::uint64_t(vit.dim);
}

// At the fullest moment of a block, in units of all its tokens (T, C). Attention: x, its norm, q k v, q and k
// turned, rows of q and v in order, the result in parts and joined. Feed-forward: x before and after
// attention, its norm, the result, and the hidden layer, with GELU twice, with SwiGLU its two halves, one of
// them after SiLU, and their product.
struct BlockMemory {
  double attention = 11, feed_forward;
  explicit BlockMemory(const DinoV2Config& vit)
      : feed_forward(4 + (vit.swiglu ? 4.0 : 2.0) * double(vit.hidden) / double(vit.dim)) {}
};

// Of all blocks, while `held` more of such tokens wait: per view where all views pass together.
std::vector<NetworkMemory::Stage> block_stages(const DinoV2Config& vit, int side, double held) {
  const BlockMemory block(vit);
  const double tokens = double(tokens_of(vit, side));
  return {{kScores, std::uint64_t((block.attention + held) * tokens)},
          {0, std::uint64_t((block.feed_forward + held) * tokens)}};
}

}  // namespace

NetworkMemory memory_of(const DepthAnything3& network, int side) {
  const DepthAnything3Config& config = network->config;
  const DinoV2Config& vit = config.backbone.vit;
  const std::uint64_t tokens = tokens_of(vit, side), pixels = std::uint64_t(side) * std::uint64_t(side);
  NetworkMemory memory;
  memory.weights =
      weights_of(*network->backbone) + weights_of(*network->head) + weights_of(*network->cam_dec);

  // At the last blocks all feature maps but one wait, and the local block's tokens.
  memory.stages = block_stages(vit, side, 2 * (kTaps - 1) + 1);

  // The head, one view at a time, while all feature maps wait: the last map fused, then half its channels,
  // and at full size without position, the position, and their sum.
  const std::uint64_t fused = kFloat * std::uint64_t(config.head.fused_dim);
  const std::uint64_t map = fused * 64 * patches_of(side), full = fused / 2 * pixels;
  memory.stages.push_back({2 * map + 3 * full, 2 * kTaps * tokens});

  memory.kept_per_view = 2 * tokens + 5 * kFloat * pixels;  // last feature map, colours, depth and confidence
  return memory;
}

NetworkMemory memory_of(const Pi3& network, int side) {
  const Pi3Config& config = network->config;
  const std::uint64_t tokens = tokens_of(config.encoder, side),
                      pixels = std::uint64_t(side) * std::uint64_t(side);
  NetworkMemory memory;
  memory.weights = weights_of(*network);

  // In the heads' decoders the encoder's patches, the hidden features and the other heads' tokens wait.
  memory.stages = block_stages(config.encoder, side, 6);

  // The heads, one view at a time, while all tokens and the finished maps wait. Of Pi3X: the last map at full
  // size, the same beside its positions, and the same with its edge repeated.
  const std::uint64_t map = config.x ? kFloat * std::uint64_t(config.stage_dims.back()) * pixels : 0;
  memory.stages.push_back({3 * map, 6 * tokens + 4 * kFloat * pixels});

  // Hidden features, colours, depth and confidence.
  memory.kept_per_view = 2 * tokens + 5 * kFloat * pixels;
  return memory;
}

NetworkMemory memory_of(const Mast3r& network, int side) {
  const Mast3rConfig& config = network->config;
  const std::uint64_t patches = patches_of(side), pixels = std::uint64_t(side) * std::uint64_t(side);
  const std::uint64_t features = kFloat * patches * std::uint64_t(config.encoder.dim),
                      tokens = kFloat * patches * std::uint64_t(config.decoder_dim);
  // Points and confidences of a view in a pair, and its descriptors.
  const std::uint64_t view = kFloat * pixels * (3 + 1 + kDescriptorDim + 1);
  // Of the canonical maps, kept for each view: sums, weights and confidences.
  const std::uint64_t canonical = kFloat * pixels * (3 + 1 + 1);
  NetworkMemory memory;
  memory.weights = weights_of(*network);

  // A block of one view's encoder or of a pair's decoder: half a dozen of its tokens and the hidden layer.
  memory.stages.push_back({kScores + (6 + 4) * (features + 2 * tokens), features + canonical});
  // The head of the second view beside the results of the first: the last fused map twice, then its channels
  // at full size before and after a convolution.
  const std::uint64_t fused = kFloat * std::uint64_t(config.head.fused_dim) * 64 * patches,
                      full = kFloat * std::uint64_t(config.head.hidden) * pixels;
  memory.stages.push_back({2 * view + 8 * tokens + 2 * fused + 2 * full, features + canonical});
  // The pair's points as values and the matches' search.
  memory.stages.push_back({3 * view, features + canonical});

  memory.kept_per_view = features + 5 * kFloat * pixels;  // features, colours, depth and confidence
  return memory;
}

NetworkMemory memory_of(const MultiHmr& network, int side) {
  const DinoV2Config& vit = network->config.backbone;
  NetworkMemory memory;
  memory.weights = weights_of(*network);
  const std::uint64_t colors = 3 * kFloat * std::uint64_t(side) * std::uint64_t(side);
  memory.kept_per_view = 2 * tokens_of(vit, side) + 3 * colors;
  for (const NetworkMemory::Stage& one_view : block_stages(vit, side, 0))
    memory.stages.push_back({one_view.once + one_view.per_view, memory.kept_per_view});
  return memory;
}

}  // namespace ahap

#include "reconstruction/branches/unish/crop_backbone.h"

#include <stdexcept>

namespace ahap {
namespace {

constexpr int kCropPatch = 16, kCropPadding = 2;    // pixels
constexpr int kPatchRows = 16, kPatchColumns = 12;  // of the picture that the transformer looks at
constexpr int kFirstColumn = 32, kEndColumn = 224;  // of the square that it sees
constexpr int kMlpRatio = 4;
constexpr double kBackboneNormEps = 1e-6;

}  // namespace

CropBackboneImpl::CropBackboneImpl(const CropBackboneConfig& config) : config(config) {
  const int C = config.dim;
  pos_embed = frozen_parameter(*this, "pos_embed", {1, 1 + kPatchRows * kPatchColumns, C});
  patch_embed = place(*this, "patch_embed.proj", FrozenConv2d(3, C, kCropPatch, kCropPatch, kCropPadding));
  VitBlockOptions block{.dim = C, .heads = C / kCropHeadDim, .hidden = kMlpRatio * C};
  block.layer_scale = false;
  for (int i = 0; i < config.depth; ++i)
    blocks.push_back(place(*this, "blocks." + std::to_string(i), VitBlock(block)));
  last_norm = register_module("last_norm", FrozenLayerNorm(C, kBackboneNormEps));
}

torch::Tensor CropBackboneImpl::forward(const torch::Tensor& crops, const Progress& progress,
                                        const TensorObserver& observe) {
  if (crops.dim() != 4 || crops.size(0) == 0 || crops.size(1) != 3 || crops.size(2) != kCropSide ||
      crops.size(3) != kCropSide)
    throw std::runtime_error("The network takes crops of people of shape (S, 3, 256, 256).");
  std::vector<torch::Tensor> tokens, maps;
  std::vector<std::vector<torch::Tensor>> outputs(blocks.size());  // of each block, for who observes
  for (std::int64_t s = 0; s < crops.size(0); ++s) {
    step(progress, kPersonStage, double(s) / double(crops.size(0)));
    const auto map = patch_embed(crops.slice(0, s, s + 1).slice(3, kFirstColumn, kEndColumn));
    auto x = map.to(torch::kFloat).flatten(2).transpose(1, 2);  // (1, 192, C)
    x = x + pos_embed.slice(1, 1) + pos_embed.slice(1, 0, 1);
    for (std::size_t i = 0; i < blocks.size(); ++i) {
      x = blocks[i](x);
      if (observe) outputs[i].push_back(x);
    }
    tokens.push_back(last_norm(x));
    if (observe) maps.push_back(map);
  }
  const auto all = torch::cat(tokens);
  if (observe) {
    std::vector<torch::Tensor> by_block;
    for (const auto& output : outputs) by_block.push_back(torch::cat(output));
    observe("vit.patch", torch::cat(maps));
    observe("vit.block", torch::stack(by_block));
    observe("vit.out", all);
  }
  return all;
}

}  // namespace ahap

#include "reconstruction/branches/chromm/chromm_heads.h"

#include <algorithm>
#include <stdexcept>

#include "reconstruction/branches/multi_hmr/person_decoder.h"
#include "reconstruction/networks/dinov2.h"
#include "reconstruction/networks/rotations.h"

namespace ahap {
namespace {

constexpr int kPoseNumbers = 6 * (kWholeBodyRotations - 1), kRootNumbers = 6, kShapeNumbers = 10;

// The tokens (n, C) of cells (n, 3): view, row, column.
torch::Tensor tokens_at(const torch::Tensor& map, const torch::Tensor& index) {
  return map.index({index.select(1, 0), index.select(1, 1), index.select(1, 2)});
}

// Pixels x, y that lie `offset` (n, 2) patches from the middles of cells.
torch::Tensor places_from(const torch::Tensor& index, const torch::Tensor& offset) {
  return (torch::stack({index.select(1, 2), index.select(1, 1)}, 1) + 0.5 + offset) * kPatch;
}

std::string heads_prefix(const Checkpoint& checkpoint) {
  const CheckpointKind kind = checkpoint.kind();
  if (kind == CheckpointKind::chromm_heads) return *checkpoint.prefix_before("pelvis_coarse.0.weight");
  throw std::runtime_error(checkpoint.file.string() + " holds " + describe(kind) + ", not " +
                           describe(CheckpointKind::chromm_heads));
}

ChrommHeads heads_of(const Checkpoint& checkpoint, torch::Device device, bool check_only) {
  ChrommHeads heads(chromm_heads_config(checkpoint));
  heads->eval();
  LoadIntoOptions options{.prefix = heads_prefix(checkpoint)};
  options.device = device;
  options.check_only = check_only;
  load_into(*heads, checkpoint, options);
  return heads;
}

}  // namespace

ChrommHeadsConfig chromm_heads_config(const Checkpoint& checkpoint) {
  const std::string prefix = heads_prefix(checkpoint);
  const auto length = [&](const std::string& name, std::int64_t axis) {
    const torch::Tensor& matrix = checkpoint.at(prefix + name);
    if (matrix.dim() == 2 && matrix.size(axis) > 0) return int(matrix.size(axis));
    throw std::runtime_error(checkpoint.file.string() + ": tensor " + prefix + name + " is not a matrix");
  };
  ChrommHeadsConfig config;
  config.human_dim = length("pelvis_coarse.0.weight", 1);
  config.scene_dim = length("fuse.0.weight", 1) - config.human_dim;
  config.fusion_hidden = length("fuse.0.weight", 0);
  config.person_dim = length("fuse.2.weight", 0);
  if (config.scene_dim > 0) return config;
  throw std::runtime_error(checkpoint.file.string() + ": tensor " + prefix + "fuse.0.weight takes " +
                           std::to_string(config.scene_dim + config.human_dim) +
                           " channels, which leaves none for the scene beside Multi-HMR's " +
                           std::to_string(config.human_dim));
}

ChrommHeadsImpl::TwoLayers ChrommHeadsImpl::layers(const std::string& name, int in, int hidden, int out) {
  return {place(*this, name + ".0", FrozenLinear(in, hidden)),
          place(*this, name + ".2", FrozenLinear(hidden, out))};
}

ChrommHeadsImpl::ChrommHeadsImpl(const ChrommHeadsConfig& config) : config(config) {
  const int C = config.human_dim, D = config.person_dim;
  head_score_ = layers("head_score", C, C, 1);
  head_offset_ = layers("head_offset", C, C, 2);
  pelvis_coarse_ = layers("pelvis_coarse", C, C, 2);
  pelvis_fine_ = layers("pelvis_fine", C, C, 2);
  mask_ = layers("mask", C, C, kPatch * kPatch);
  fuse_ = layers("fuse", config.scene_dim + C, config.fusion_hidden, D);
  pose_ = layers("pose", D, D, kPoseNumbers);
  root_ = layers("root", D, D, kRootNumbers);
  betas_ = layers("betas", D, D, kShapeNumbers);
  residual_depth_ = layers("residual_depth", D, D, 1);
  mean_pose_ = frozen_parameter(*this, "mean_pose", {1, kPoseNumbers});
  mean_root_ = frozen_parameter(*this, "mean_root", {1, kRootNumbers});
  mean_betas_ = frozen_parameter(*this, "mean_betas", {1, kShapeNumbers});
}

torch::Tensor ChrommHeadsImpl::head_scores(const torch::Tensor& human) {
  return torch::sigmoid(head_score_.with_relu(human)).squeeze(-1);
}

torch::Tensor ChrommHeadsImpl::head_places(const torch::Tensor& human, const torch::Tensor& index) {
  return places_from(index, head_offset_.with_relu(tokens_at(human, index)));
}

torch::Tensor ChrommHeadsImpl::pelvis_places(const torch::Tensor& human, const torch::Tensor& index,
                                             const std::vector<PictureArea>& areas) {
  const auto coarse = places_from(index, pelvis_coarse_.with_relu(tokens_at(human, index)));
  std::vector<float> corners;
  for (const PictureArea& area : areas)
    corners.insert(corners.end(), {float(area.x0), float(area.y0), float(area.x1), float(area.y1)});
  const auto area =
      torch::tensor(corners).view({-1, 4}).to(human.device()).index_select(0, index.select(1, 0));
  const auto shown = (coarse >= area.slice(1, 0, 2)).all(1) & (coarse < area.slice(1, 2, 4)).all(1);
  // Of cells outside the photograph, whatever is nearest: they are not used.
  const auto cells = torch::floor(coarse / kPatch).to(torch::kLong);
  const auto own = torch::stack({index.select(1, 0), cells.select(1, 1).clamp(0, human.size(1) - 1),
                                 cells.select(1, 0).clamp(0, human.size(2) - 1)},
                                1);
  const auto fine = places_from(own, pelvis_fine_.with_relu(tokens_at(human, own)));
  return torch::where(shown.unsqueeze(1), fine, coarse);
}

ChrommBodies ChrommHeadsImpl::bodies(const torch::Tensor& scene, const torch::Tensor& human) {
  const auto person = fuse_.with_gelu(torch::cat({scene, human}, 1));
  const auto numbers =
      torch::cat({root_.with_gelu(person) + mean_root_, pose_.with_gelu(person) + mean_pose_}, 1);
  return {.rotations = matrix_from_6d(numbers.unflatten(-1, {kWholeBodyRotations, 6})),
          .betas = betas_.with_gelu(person) + mean_betas_,
          .residual_depth = residual_depth_.with_gelu(person).squeeze(1)};
}

torch::Tensor ChrommHeadsImpl::masks(const torch::Tensor& human) {
  const auto pixels = torch::sigmoid(mask_.with_gelu(human)).permute({0, 3, 1, 2});
  return torch::pixel_shuffle(pixels, kPatch).squeeze(1);
}

ChrommHeads load_chromm_heads(const Checkpoint& checkpoint, torch::Device device) {
  return heads_of(checkpoint, device, /*check_only=*/false);
}

void check_chromm_heads(const Checkpoint& checkpoint) {
  heads_of(checkpoint, torch::kCPU, /*check_only=*/true);
}

}  // namespace ahap

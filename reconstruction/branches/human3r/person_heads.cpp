#include "reconstruction/branches/human3r/person_heads.h"

#include <algorithm>

#include "reconstruction/branches/human3r/frame_geometry.h"
#include "reconstruction/branches/multi_hmr/multi_hmr.h"
#include "reconstruction/networks/dinov2.h"
#include "reconstruction/networks/rotations.h"

namespace ahap {
namespace {

constexpr double kLeastScore = 1e-6;
constexpr double kBlack = -1;
constexpr int kBetaCount = 10;

// Strictly between 0 and 1.
torch::Tensor inner_sigmoid(const torch::Tensor& logits) {
  return torch::sigmoid(logits) * (1 - 2 * kLeastScore) + kLeastScore;
}

// Where a frame's square begins, in pixels of a square with the frame's longer side.
std::int64_t margin(std::int64_t longer, std::int64_t side) {
  return (longer - side) / 2;
}

}  // namespace

torch::Tensor padded_square(const torch::Tensor& image, std::int64_t side) {
  const std::int64_t height = image.size(2), width = image.size(3);
  const double scale = std::min(double(side) / double(height), double(side) / double(width));
  const auto scaled = [&](std::int64_t length) {
    return std::max<std::int64_t>(1, std::int64_t(double(length) * scale));
  };
  const auto small = at::upsample_bilinear2d(image, {scaled(height), scaled(width)}, /*align_corners=*/false);
  const std::int64_t rest_x = side - small.size(3), rest_y = side - small.size(2);
  const auto square = torch::constant_pad_nd(
      small, {rest_x / 2, rest_x - rest_x / 2, rest_y / 2, rest_y - rest_y / 2}, kBlack);
  return normalize_colors(0.5 * square + 0.5);
}

torch::Tensor frame_of_square(const torch::Tensor& map, std::int64_t height, std::int64_t width) {
  const std::int64_t longer = std::max(height, width);
  const auto square = at::upsample_nearest2d(map.unsqueeze(0).unsqueeze(0), {longer, longer})[0][0];
  return square.narrow(0, margin(longer, height), height).narrow(1, margin(longer, width), width);
}

PersonHeads::TwoLayers PersonHeads::layers(torch::nn::Module& root, const std::string& name, int in,
                                           int hidden, int out) {
  return {place(root, name + ".0", FrozenLinear(in, hidden)),
          place(root, name + ".2", FrozenLinear(hidden, out))};
}

PersonHeads::PersonHeads(torch::nn::Module& root, const PersonHeadsConfig& config) {
  const int C = config.human_dim, D = config.decoder_dim, fused = C + config.image_dim, both = D + C;
  const int pose = 6 * kWholeBodyRotations;
  classify_ = layers(root, "mlp_classif", C, C, 1);
  offset_ = layers(root, "mlp_offset", C, C, 2);
  mask_ = layers(root, "mlp_msk.mlp.layers", C, C, kPatch * kPatch);
  fuse_ = layers(root, "mlp_fuse.mlp.layers", fused, 4 * fused, D);
  camera_ = layers(root, "deccam.mlp.layers", D, 4 * D, 3);
  pose_ = layers(root, "decpose.mlp.layers", both, 4 * both, pose);
  shape_ = layers(root, "decshape.mlp.layers", both, 4 * both, kBetaCount);
  expression_ = layers(root, "decexpression.mlp.layers", both, 4 * both, kExpressions);
  mean_pose_ = frozen_parameter(root, "init_body_pose", {1, pose});
  mean_betas_ = frozen_parameter(root, "init_betas", {1, kBetaCount});
  mean_expression_ = frozen_parameter(root, "init_expression", {1, kExpressions});
}

DetectedPeople PersonHeads::detect(const torch::Tensor& tokens, std::int64_t height, std::int64_t width,
                                   double threshold, const TensorObserver& observe) {
  const auto logits = classify_.with_relu(tokens).squeeze(-1);
  const auto scores = suppress_non_maxima(inner_sigmoid(logits).unsqueeze(0))[0];
  tell(observe, "det.logits", logits);
  tell(observe, "out.smpl_scores", scores);

  DetectedPeople people;
  auto cells = torch::nonzero((scores > 0) & (scores >= threshold));  // by row, then column
  if (cells.size(0) > kMostPeople) {
    people.left_out = cells.size(0) - kMostPeople;
    const auto strongest =
        std::get<1>(scores.index({cells.select(1, 0), cells.select(1, 1)}).topk(kMostPeople));
    cells = cells.index_select(0, std::get<0>(strongest.sort()));
  }
  people.row = cells.select(1, 0);
  people.column = cells.select(1, 1);
  people.score = scores.index({people.row, people.column});
  const auto offset = offset_.with_relu(tokens.index({people.row, people.column}));
  people.loc = (torch::stack({people.column, people.row}, 1) + 0.5 + offset) * kPatch;

  const std::int64_t longer = std::max(height, width);
  const auto uv = people.loc * (double(longer) / double(kPatch * tokens.size(0)));
  const auto u = (uv.select(1, 0) - margin(longer, width)).clamp(0, width - 1);
  const auto v = (uv.select(1, 1) - margin(longer, height)).clamp(0, height - 1);
  people.pixel = torch::stack({u, v}, 1);
  people.patch = torch::floor(torch::stack({v, u}, 1) / kFramePatch).to(torch::kLong);
  tell(observe, "det.offset", offset);
  tell(observe, "out.smpl_loc", people.loc);
  tell(observe, "human.pos_yx", people.patch);
  return people;
}

torch::Tensor PersonHeads::mask(const torch::Tensor& tokens, const TensorObserver& observe) {
  const auto logits = mask_.with_gelu(tokens);
  tell(observe, "msk.logits", logits.flatten(0, 1));
  const auto mask = torch::pixel_shuffle(inner_sigmoid(logits).permute({2, 0, 1}), kPatch)[0];
  tell(observe, "out.msk", mask);
  return mask;
}

torch::Tensor PersonHeads::prompts(const torch::Tensor& human, const torch::Tensor& image,
                                   const TensorObserver& observe) {
  const auto both = torch::cat({human, image}, 1);
  const auto prompts = fuse_.with_gelu(both);
  tell(observe, "prompt.in", both);
  tell(observe, "prompt", prompts);
  return prompts;
}

DecodedPeople PersonHeads::decode(const torch::Tensor& refined, const torch::Tensor& human,
                                  const TensorObserver& observe) {
  const auto both = torch::cat({refined, human}, 1);
  const auto pose = pose_.with_gelu(both), shape = shape_.with_gelu(both),
             expression = expression_.with_gelu(both), camera = camera_.with_gelu(refined);
  tell(observe, "smpl.decpose.raw", pose);
  tell(observe, "smpl.decshape.raw", shape);
  tell(observe, "smpl.decexpression.raw", expression);
  tell(observe, "smpl.deccam.raw", camera);

  DecodedPeople people;
  // Six numbers are the first two columns of a matrix, row by row.
  const auto columns = (pose + mean_pose_).unflatten(-1, {kWholeBodyRotations, 3, 2}).transpose(-1, -2);
  people.rotations = matrix_from_6d(columns.flatten(-2));
  people.betas = shape + mean_betas_;
  people.expression = expression + mean_expression_;
  people.transl = stretched(camera);
  tell(observe, "out.smpl_rotmat", people.rotations);
  tell(observe, "out.smpl_shape", people.betas);
  tell(observe, "out.smpl_expression", people.expression);
  tell(observe, "out.smpl_transl", people.transl);
  return people;
}

}  // namespace ahap

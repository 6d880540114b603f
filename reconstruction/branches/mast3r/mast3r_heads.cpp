#include "reconstruction/branches/mast3r/mast3r_heads.h"

#include "reconstruction/branches/human3r/frame_geometry.h"
#include "reconstruction/networks/dinov2.h"

namespace ahap {
namespace {

constexpr int kPointChannels = 4;  // x, y, z and the logarithm of the confidence less one
constexpr int kMlpRatio = 4;       // hidden channels of the heads' MLPs per input channel
constexpr int kHalfPatch = kPatch / 2;
constexpr int kConvolutionInputs = 25;  // of "catconv"

// Tokens (1, N, k s s) -> maps (1, k, s rows, s columns): channel s s k + s a + b of a cell is feature k of
// its pixel (a, b).
torch::Tensor pixels_of(const torch::Tensor& tokens, std::int64_t rows, std::int64_t columns, int side) {
  return at::pixel_shuffle(tokens.transpose(1, 2).unflatten(2, {rows, columns}), side);
}

torch::Tensor through_mlp(std::array<FrozenLinear, 2>& mlp, const torch::Tensor& tokens) {
  return mlp[1](mlp[0](tokens, Activation::gelu));
}

}  // namespace

Mast3rHeadImpl::Mast3rHeadImpl(const Mast3rHeadConfig& config) : config(config) {
  const int E = config.encoder_dim, D = config.decoder_dim, both = E + D;
  const auto mlp = [&](const std::string& name, int outputs) {
    return std::array{place(*this, name + ".fc1", FrozenLinear(both, kMlpRatio * both)),
                      place(*this, name + ".fc2", FrozenLinear(kMlpRatio * both, outputs))};
  };
  if (config.kind == Mast3rHeadKind::linear) {
    proj_ = register_module("proj", FrozenLinear(D, kPointChannels * kPatch * kPatch));
    return;
  }
  if (config.kind == Mast3rHeadKind::dpt) {
    dpt_ = register_module(
        "dpt",
        PixelHead(PixelHeadConfig{
            {E, D, D, D}, config.stage_dims, config.fused_dim, config.hidden, kPointChannels, kPatch}));
  } else {
    points_mlp_ = mlp("head_pts3d.mlp", kConvolutionInputs * kHalfPatch * kHalfPatch);
    points_conv_ =
        place(*this, "head_pts3d.head.1", FrozenConv2d(kConvolutionInputs, config.hidden, 3, 1, 1));
    points_out_ = place(*this, "head_pts3d.head.3", FrozenConv2d(config.hidden, kPointChannels, 1));
  }
  local_mlp_ = mlp("head_local_features", (kDescriptorDim + 1) * kPatch * kPatch);
}

torch::Tensor Mast3rHeadImpl::raw_points(const DecoderTokens& tokens, std::int64_t rows, std::int64_t columns,
                                         const std::string& name, const TensorObserver& observe) {
  if (config.kind == Mast3rHeadKind::linear) return pixels_of(proj_(tokens[3]), rows, columns, kPatch)[0];
  if (config.kind == Mast3rHeadKind::dpt) {
    const auto without_result = [&](const std::string& part, const torch::Tensor& tensor) {
      if (part != name + ".head") tell(observe, part, tensor);
    };
    return dpt_->forward(tokens, rows, columns, name, observe ? TensorObserver(without_result) : observe);
  }
  const auto half =
      pixels_of(through_mlp(points_mlp_, torch::cat({tokens[0], tokens[3]}, -1)), rows, columns, kHalfPatch);
  const auto whole = at::upsample_bilinear2d(half, {kPatch * rows, kPatch * columns}, /*align_corners=*/true);
  return points_out_(torch::relu(points_conv_(whole)))[0];
}

Mast3rView Mast3rHeadImpl::forward(const DecoderTokens& tokens, std::int64_t rows, std::int64_t columns,
                                   const std::string& name, const TensorObserver& observe) {
  Mast3rView view;
  const auto raw = raw_points(tokens, rows, columns, name, observe);
  tell(observe, name + ".out", raw);
  view.points = stretched(raw.slice(0, 0, 3).permute({1, 2, 0})).contiguous();
  view.confidence = 1 + raw[3].exp();
  if (config.kind == Mast3rHeadKind::linear) return view;
  const auto local = through_mlp(local_mlp_, torch::cat({tokens[0], tokens[3]}, -1));
  tell(observe, name + ".local", local[0]);
  const auto maps = pixels_of(local, rows, columns, kPatch)[0];
  const auto raw_descriptors = maps.slice(0, 0, kDescriptorDim).permute({1, 2, 0});
  view.descriptors = (raw_descriptors / raw_descriptors.norm(2, {-1}, /*keepdim=*/true)).contiguous();
  view.descriptor_confidence = maps[kDescriptorDim].exp();
  return view;
}

}  // namespace ahap

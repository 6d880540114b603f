#include "reconstruction/branches/human3r/pixel_head.h"

namespace ahap {
namespace {

FrozenConv2d conv_3x3(std::int64_t in, std::int64_t out, bool with_bias = true) {
  return FrozenConv2d(in, out, 3, 1, 1, with_bias);
}

torch::Tensor enlarged(const torch::Tensor& map, std::int64_t rows, std::int64_t columns) {
  return at::upsample_bilinear2d(map, {rows, columns}, /*align_corners=*/true);
}

torch::Tensor twice_as_large(const torch::Tensor& map) {
  return enlarged(map, 2 * map.size(2), 2 * map.size(3));
}

torch::Tensor residual(const torch::Tensor& x, FrozenConv2d& conv1, FrozenConv2d& conv2) {
  return x + conv2(torch::relu(conv1(torch::relu(x))));
}

}  // namespace

PixelHeadImpl::PixelHeadImpl(const PixelHeadConfig& config) : patch_(config.patch) {
  const int fused = config.fused_dim;
  const auto& dims = config.stage_dims;
  for (std::size_t i = 0; i < dims.size(); ++i) {
    const std::string number = std::to_string(i + 1);
    project_[i] = place(*this, "act_postprocess." + std::to_string(i) + ".0",
                        FrozenConv2d(config.input_dims[i], dims[i], 1));
    to_fused_[i] = place(*this, "scratch.layer" + number + "_rn", conv_3x3(dims[i], fused, false));
    const auto conv = [&](const char* part, const FrozenConv2d& layer) {
      return place(*this, "scratch.refinenet" + number + "." + part, layer);
    };
    if (i + 1 < dims.size()) {
      refine_[i].side1 = conv("resConfUnit1.conv1", conv_3x3(fused, fused));
      refine_[i].side2 = conv("resConfUnit1.conv2", conv_3x3(fused, fused));
    }
    refine_[i].conv1 = conv("resConfUnit2.conv1", conv_3x3(fused, fused));
    refine_[i].conv2 = conv("resConfUnit2.conv2", conv_3x3(fused, fused));
    refine_[i].out = conv("out_conv", FrozenConv2d(fused, fused, 1));
  }
  enlarge4_ = place(*this, "act_postprocess.0.1", FrozenUpsample(dims[0], dims[0], 4));
  enlarge2_ = place(*this, "act_postprocess.1.1", FrozenUpsample(dims[1], dims[1], 2));
  shrink_ = place(*this, "act_postprocess.3.1", FrozenConv2d(dims[3], dims[3], 3, 2, 1));
  head1_ = place(*this, "head.0", conv_3x3(fused, config.hidden));
  head2_ = place(*this, "head.2", conv_3x3(config.hidden, config.hidden));
  head3_ = place(*this, "head.4", FrozenConv2d(config.hidden, config.outputs, 1));
}

torch::Tensor PixelHeadImpl::forward(const std::array<torch::Tensor, 4>& tokens, std::int64_t rows,
                                     std::int64_t columns, const std::string& name,
                                     const TensorObserver& observe) {
  std::array<torch::Tensor, 4> maps;
  for (std::size_t i = 0; i < maps.size(); ++i)
    maps[i] = project_[i](tokens[i].transpose(1, 2).unflatten(2, {rows, columns}));
  maps[0] = enlarge4_(maps[0]);
  maps[1] = enlarge2_(maps[1]);
  maps[3] = shrink_(maps[3]);
  for (std::size_t i = 0; i < maps.size(); ++i) {
    tell(observe, name + ".act" + std::to_string(i), maps[i][0]);
    maps[i] = to_fused_[i](maps[i]);
    tell(observe, name + ".layer" + std::to_string(i + 1) + "_rn", maps[i][0]);
  }

  torch::Tensor x = maps[3];
  for (int i = 3; i >= 0; --i) {
    Refinement& refine = refine_[std::size_t(i)];
    if (i < 3) x = x + residual(maps[std::size_t(i)], refine.side1, refine.side2);
    x = refine.out(twice_as_large(residual(x, refine.conv1, refine.conv2)));
    tell(observe, name + ".refinenet" + std::to_string(i + 1), x[0]);
    // The deepest map was rounded up when it was made smaller.
    if (i == 3) x = x.slice(2, 0, rows).slice(3, 0, columns);
  }
  x = head3_(torch::relu(head2_(enlarged(head1_(x), patch_ * rows, patch_ * columns))))[0];
  tell(observe, name + ".head", x);
  return x;
}

}  // namespace ahap

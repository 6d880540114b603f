#include "reconstruction/branches/pi3/pi3_heads.h"

#include <Eigen/SVD>
#include <cmath>

#include "reconstruction/networks/eigen_conversion.h"

namespace ahap {
namespace {

constexpr double kGroupNormEps = 1e-5;
constexpr double kLayerNormEps = 1e-6;
constexpr int kGroup = 32;     // channels that the second normalisation of a residual block takes together
constexpr int kPixelDim = 32;  // channels before a last layer
constexpr int kUv = 2;

FrozenConv2d conv3x3(std::int64_t in, std::int64_t out) {
  return FrozenConv2d(in, out, 3);
}

// A 3 x 3 convolution that repeats the edge.
torch::Tensor convolve(FrozenConv2d& conv, const torch::Tensor& map) {
  return conv(at::replication_pad2d(map, {1, 1, 1, 1}));
}

torch::Tensor with_uv(const torch::Tensor& map, double aspect) {
  const auto uv = uv_map(map.size(2), map.size(3), aspect).to(map.device());
  return torch::cat({map, uv.unsqueeze(0).expand({map.size(0), -1, -1, -1})}, 1);
}

torch::Tensor heads_apart(const torch::Tensor& x, int heads) {
  return x.unflatten(-1, {heads, kHeadDim}).transpose(1, 2);
}

}  // namespace

HeadDecoderImpl::HeadDecoderImpl(int in, int dim, int count, int out)
    : projects(register_module("projects", FrozenLinear(in, dim))),
      linear_out(register_module("linear_out", FrozenLinear(dim, out))) {
  VitBlockOptions options{.dim = dim, .heads = dim / kHeadDim, .hidden = 4 * dim};
  options.layer_scale = false;
  for (int i = 0; i < count; ++i)
    blocks.push_back(place(*this, "blocks." + std::to_string(i), VitBlock(options)));
}

torch::Tensor HeadDecoderImpl::forward(const torch::Tensor& hidden, const RotaryEmbedding& rotary) {
  auto x = projects(hidden).to(torch::kFloat);  // (V, T, dim)
  for (auto& block : blocks) x = block(x, &rotary);
  return linear_out(x).to(torch::kFloat);
}

torch::Tensor rotations_from_nine(const torch::Tensor& numbers) {
  std::vector<torch::Tensor> rotations;
  for (std::int64_t v = 0; v < numbers.size(0); ++v) {
    Eigen::Matrix3d M = matrix3(numbers[v].view({3, 3}));
    for (int row = 0; row < 3; ++row) M.row(row) /= std::max(M.row(row).norm(), 1e-12);
    const Eigen::JacobiSVD<Eigen::Matrix3d> svd(M, Eigen::ComputeFullU | Eigen::ComputeFullV);
    const Eigen::Matrix3d U = svd.matrixU(), Vt = svd.matrixV().transpose();
    rotations.push_back(
        tensor_of(Eigen::Matrix3d(U * Eigen::Vector3d(1, 1, (U * Vt).determinant()).asDiagonal() * Vt)));
  }
  return torch::stack(rotations).to(numbers.device());
}

CameraHeadImpl::CameraHeadImpl(int dim)
    : hidden1_(place(*this, "more_mlps.0", FrozenLinear(dim, dim))),
      hidden2_(place(*this, "more_mlps.2", FrozenLinear(dim, dim))),
      translation_(register_module("fc_t", FrozenLinear(dim, 3))),
      rotation_(register_module("fc_rot", FrozenLinear(dim, 9))) {
  for (int i = 0; i < 2; ++i) {
    const auto layer = [&](int j) {
      return place(*this, "res_conv." + std::to_string(i) + ".res_conv" + std::to_string(j),
                   FrozenLinear(dim, dim));
    };
    residuals_.push_back({layer(1), layer(2), layer(3)});
  }
}

torch::Tensor CameraHeadImpl::forward(const torch::Tensor& tokens) {
  auto x = tokens;
  for (auto& layers : residuals_) {
    auto y = x;
    for (auto& layer : layers) y = torch::relu(layer(y));
    x = x + y;
  }
  x = torch::relu(hidden2_(torch::relu(hidden1_(x.mean(1)))));  // (V, dim)
  auto pose = torch::eye(4, x.options()).repeat({x.size(0), 1, 1});
  pose.slice(1, 0, 3).slice(2, 0, 3).copy_(rotations_from_nine(rotation_(x)));
  pose.slice(1, 0, 3).select(2, 3).copy_(translation_(x));
  return pose;
}

PatchHead::PatchHead(int dim, int channels)
    : proj(register_module("proj", FrozenLinear(dim, channels * kPatch * kPatch))) {}

torch::Tensor PatchHead::forward(const torch::Tensor& tokens, std::int64_t height, std::int64_t width) {
  const auto map = proj(tokens).transpose(1, 2).unflatten(2, {height / kPatch, width / kPatch});
  return at::pixel_shuffle(map, kPatch);
}

torch::Tensor uv_map(std::int64_t h, std::int64_t w, double aspect) {
  const double diagonal = std::sqrt(1 + aspect * aspect);
  const auto centers = [](std::int64_t n, double half_extent) {
    const double end = half_extent * double(n - 1) / double(n);
    return torch::linspace(-end, end, n, torch::kDouble).to(torch::kFloat);
  };
  return torch::stack(
      {centers(w, aspect / diagonal).expand({h, w}), centers(h, 1 / diagonal).unsqueeze(1).expand({h, w})});
}

ConvolutionHead::ConvolutionHead(int dim, const std::array<int, 3>& stage_dims,
                                 const std::vector<int>& outputs) {
  int in = dim;
  for (std::size_t i = 0; i < stage_dims.size(); ++i) {
    const int C = stage_dims[i];
    const std::string name = "upsample_blocks." + std::to_string(i) + ".";
    Stage stage;
    stage.enlarge = place(*this, name + "0.0", FrozenUpsample(in + kUv, C, 2));
    stage.conv = place(*this, name + "0.1", conv3x3(C, C));
    for (std::size_t j = 0; j < stage.residuals.size(); ++j) {
      const std::string layers = name + std::to_string(j + 1) + ".layers.";
      Residual& residual = stage.residuals[j];
      residual.norm1 = place(*this, layers + "0", FrozenGroupNorm(1, C, kGroupNormEps));
      residual.conv1 = place(*this, layers + "2", conv3x3(C, 2 * C));
      residual.norm2 = place(*this, layers + "3", FrozenGroupNorm(2 * C / kGroup, 2 * C, kGroupNormEps));
      residual.conv2 = place(*this, layers + "5", conv3x3(2 * C, C));
    }
    stages_.push_back(std::move(stage));
    in = C;
  }
  for (std::size_t j = 0; j < outputs.size(); ++j) {
    const std::string name = "output_block." + std::to_string(j) + ".";
    outputs_.push_back({place(*this, name + "0", conv3x3(in + kUv, kPixelDim)),
                        place(*this, name + "2", FrozenConv2d(kPixelDim, outputs[j], 1))});
  }
}

torch::Tensor ConvolutionHead::forward(const torch::Tensor& tokens, std::int64_t height, std::int64_t width) {
  const double aspect = double(width) / double(height);
  auto x = tokens.transpose(1, 2).unflatten(2, {height / kPatch, width / kPatch});
  for (Stage& stage : stages_) {
    x = convolve(stage.conv, stage.enlarge(with_uv(x, aspect)));
    for (Residual& residual : stage.residuals) {
      const auto y = convolve(residual.conv1, torch::relu(residual.norm1(x)));
      x = x + convolve(residual.conv2, torch::relu(residual.norm2(y)));
    }
  }
  x = with_uv(at::upsample_bilinear2d(x, {height, width}, /*align_corners=*/false), aspect);
  std::vector<torch::Tensor> values;
  for (Output& output : outputs_) values.push_back(output.conv2(torch::relu(convolve(output.conv1, x))));
  return torch::cat(values, 1);
}

MetricBlockImpl::MetricBlockImpl(int dim)
    : heads(dim / kHeadDim),
      norm2(register_module("norm2", FrozenLayerNorm(dim, kLayerNormEps))),
      norm_y(register_module("norm_y", FrozenLayerNorm(dim, kLayerNormEps))),
      norm3(register_module("norm3", FrozenLayerNorm(dim, kLayerNormEps))),
      q_proj(place(*this, "cross_attn.q_proj", FrozenLinear(dim, dim))),
      k_proj(place(*this, "cross_attn.k_proj", FrozenLinear(dim, dim))),
      v_proj(place(*this, "cross_attn.v_proj", FrozenLinear(dim, dim))),
      proj(place(*this, "cross_attn.proj", FrozenLinear(dim, dim))),
      mlp(register_module("mlp", FeedForward(VitBlockOptions{.dim = dim, .hidden = 4 * dim}))) {}

torch::Tensor MetricBlockImpl::forward(torch::Tensor x, const torch::Tensor& context,
                                       const RotaryEmbedding& positions) {
  const auto y = norm_y(context);
  const auto k = positions.turn(heads_apart(k_proj(y), heads));
  const auto attended =
      attend_by_rows(heads_apart(q_proj(norm2(x)), heads), k, heads_apart(v_proj(y), heads));
  x = x + proj(attended.transpose(1, 2).flatten(2));
  return x + mlp(norm3(x));
}

MetricDecoderImpl::MetricDecoderImpl(int in, int dim, int count)
    : projects_x(register_module("projects_x", FrozenLinear(in, dim))),
      projects_y(register_module("projects_y", FrozenLinear(in, dim))),
      linear_out(register_module("linear_out", FrozenLinear(dim, dim))) {
  for (int i = 0; i < count; ++i)
    blocks.push_back(place(*this, "blocks." + std::to_string(i), MetricBlock(dim)));
}

torch::Tensor MetricDecoderImpl::forward(const torch::Tensor& token, const torch::Tensor& hidden,
                                         const RotaryEmbedding& positions) {
  auto x = projects_x(token).to(torch::kFloat);
  const auto context = projects_y(hidden).to(torch::kFloat);
  for (auto& block : blocks) x = block(x, context, positions);
  return linear_out(x).to(torch::kFloat).squeeze(0);
}

}  // namespace ahap

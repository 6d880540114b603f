#include "reconstruction/branches/depth_anything3/pose_encoding.h"

#include "reconstruction/networks/rotations.h"

namespace ahap {
namespace {

constexpr int kEncoding = 9;
constexpr int kEncoderBlocks = 4;
constexpr int kEncoderHeads = 16;
constexpr double kTokenNormEps = 1e-5;
constexpr double kSmallestTangent = 1e-6;
constexpr double kSmallestBaseline = 0.1;  // below it, given cameras are not brought to a common scale

// (S, 3, 3), (S, 3) -> (S, 3, 4)
torch::Tensor rigid(const torch::Tensor& R, const torch::Tensor& t) {
  return torch::cat({R, t.unsqueeze(-1)}, -1);
}

torch::Tensor inverse_of_rigid(const torch::Tensor& pose) {
  const auto R = pose.narrow(-2, 0, 3).narrow(-1, 0, 3).transpose(-2, -1),
             t = pose.narrow(-2, 0, 3).narrow(-1, 3, 1);
  return torch::cat({R, -torch::matmul(R, t)}, -1);
}

torch::Tensor focal_length(const torch::Tensor& field_of_view, double size) {
  return (size / 2) / (field_of_view / 2).tan().clamp_min(kSmallestTangent);
}

}  // namespace

DecodedCameras decode_cameras(const torch::Tensor& encoding, double height, double width) {
  DecodedCameras out;
  out.world_from_camera = rigid(matrix_from_quaternion(encoding.slice(-1, 3, 7)), encoding.slice(-1, 0, 3));
  out.camera_from_world = inverse_of_rigid(out.world_from_camera);
  const auto fy = focal_length(encoding.select(-1, 7), height),
             fx = focal_length(encoding.select(-1, 8), width);
  const auto zero = torch::zeros_like(fx), one = torch::ones_like(fx);
  out.K = torch::stack({fx, zero, one * (width / 2), zero, fy, one * (height / 2), zero, zero, one}, -1)
              .unflatten(-1, {3, 3});
  return out;
}

torch::Tensor encode_cameras(const torch::Tensor& camera_from_world, const torch::Tensor& K, double height,
                             double width) {
  const auto world_from_camera = inverse_of_rigid(camera_from_world);
  const auto field_of_view = [&](int axis, double size) {
    return 2 * torch::atan((size / 2) / K.select(-2, axis).select(-1, axis)).unsqueeze(-1);
  };
  return torch::cat(
      {world_from_camera.select(-1, 3), quaternion_from_matrix(world_from_camera.narrow(-1, 0, 3)),
       field_of_view(1, height), field_of_view(0, width)},
      -1);
}

torch::Tensor normalize_cameras(const torch::Tensor& camera_from_world) {
  const auto first =
      torch::cat({inverse_of_rigid(camera_from_world[0]), camera_from_world[0].narrow(0, 3, 1)});
  auto relative = torch::matmul(camera_from_world, first);
  const auto centers = inverse_of_rigid(relative).select(-1, 3);
  const double median = (centers - centers[0]).norm(2, {1}).median().item<double>();
  relative.narrow(-2, 0, 3).select(-1, 3).div_(std::max(kSmallestBaseline, median));
  return relative;
}

CameraDecoderImpl::CameraDecoderImpl(int dim)
    : hidden1(place(*this, "backbone.0", FrozenLinear(dim, dim))),
      hidden2(place(*this, "backbone.2", FrozenLinear(dim, dim))),
      translation(place(*this, "fc_t", FrozenLinear(dim, 3))),
      quaternion(place(*this, "fc_qvec", FrozenLinear(dim, 4))),
      field_of_view(place(*this, "fc_fov.0", FrozenLinear(dim, 2))) {}

torch::Tensor CameraDecoderImpl::forward(const torch::Tensor& feature) {
  const auto x = torch::relu(hidden2(torch::relu(hidden1(feature))));
  return torch::cat({translation(x), quaternion(x), torch::relu(field_of_view(x))}, -1);
}

CameraEncoderImpl::CameraEncoderImpl(int dim)
    : fc1(place(*this, "pose_branch.fc1", FrozenLinear(kEncoding, dim / 2))),
      fc2(place(*this, "pose_branch.fc2", FrozenLinear(dim / 2, dim))),
      token_norm(register_module("token_norm", FrozenLayerNorm(dim, kTokenNormEps))),
      trunk_norm(register_module("trunk_norm", FrozenLayerNorm(dim, kTokenNormEps))) {
  VitBlockOptions options{.dim = dim, .heads = kEncoderHeads, .hidden = 4 * dim};
  options.eps = kTokenNormEps;
  for (int i = 0; i < kEncoderBlocks; ++i)
    trunk.push_back(place(*this, "trunk." + std::to_string(i), VitBlock(options)));
}

torch::Tensor CameraEncoderImpl::forward(const torch::Tensor& encoding) {
  auto x = token_norm(fc2(torch::gelu(fc1(encoding)))).unsqueeze(0);  // the views are a sequence
  for (auto& block : trunk) x = block(x);
  return trunk_norm(x).squeeze(0);
}

}  // namespace ahap

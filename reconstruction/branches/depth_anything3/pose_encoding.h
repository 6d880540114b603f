#pragma once

#include <torch/torch.h>

#include "reconstruction/networks/dinov2.h"

// Cameras as nine numbers, and the two small networks of Depth Anything 3 that write and read them.
namespace ahap {

// Of S views of height x width pixels.
struct DecodedCameras {
  torch::Tensor world_from_camera;  // (S, 3, 4)
  torch::Tensor camera_from_world;  // (S, 3, 4)
  torch::Tensor K;                  // (S, 3, 3), principal point in the middle
};

// encoding (S, 9): camera-to-world translation and quaternion x, y, z, w of any length, then the vertical and
// the horizontal field of view in radians.
DecodedCameras decode_cameras(const torch::Tensor& encoding, double height, double width);

// camera_from_world (S, 4, 4) and K (S, 3, 3) -> (S, 9), the quaternion with w >= 0.
torch::Tensor encode_cameras(const torch::Tensor& camera_from_world, const torch::Tensor& K, double height,
                             double width);

// Given cameras (S, 4, 4) as the network was trained on them: relative to the first one, the median distance
// of the centres from the first one 1 (of close cameras: less).
torch::Tensor normalize_cameras(const torch::Tensor& camera_from_world);

// Camera feature (S, dim) -> pose encoding (S, 9).
struct CameraDecoderImpl : torch::nn::Module {
  explicit CameraDecoderImpl(int dim);
  torch::Tensor forward(const torch::Tensor& feature);
  FrozenLinear hidden1{nullptr}, hidden2{nullptr}, translation{nullptr}, quaternion{nullptr},
      field_of_view{nullptr};
};
TORCH_MODULE(CameraDecoder);

// Pose encoding (S, 9) -> camera tokens (S, dim).
struct CameraEncoderImpl : torch::nn::Module {
  explicit CameraEncoderImpl(int dim);
  torch::Tensor forward(const torch::Tensor& encoding);
  FrozenLinear fc1{nullptr}, fc2{nullptr};
  FrozenLayerNorm token_norm{nullptr}, trunk_norm{nullptr};
  std::vector<VitBlock> trunk;
};
TORCH_MODULE(CameraEncoder);

}  // namespace ahap

#pragma once

#include <torch/torch.h>

#include <array>
#include <filesystem>
#include <string>
#include <vector>

#include "reconstruction/branches/depth_anything3/cross_view_backbone.h"
#include "reconstruction/branches/depth_anything3/dual_dpt.h"
#include "reconstruction/branches/depth_anything3/pose_encoding.h"
#include "reconstruction/branches/network_branch.h"
#include "reconstruction/checkpoints/checkpoint.h"

namespace ahap {

struct DepthAnything3Config {
  std::string size;  // "Small", "Base", "Large" or "Giant"
  CrossViewConfig backbone;
  DualDptConfig head;
};

// The published network whose tensors the checkpoint holds. Throws a sentence that names the file when it
// holds another network.
DepthAnything3Config depth_anything3_config(const Checkpoint& checkpoint);

struct DepthAnything3Input {
  torch::Tensor images;  // (S, 3, H, W), normalised (networks/dinov2.h), sides multiples of 14
  // Known cameras, normalised (branches/depth_anything3/pose_encoding.h), or undefined.
  torch::Tensor camera_from_world = {};  // (S, 4, 4)
  torch::Tensor K = {};                  // (S, 3, 3), pixels of `images`
};

// ph x pw patches, C channels of the backbone.
struct DepthAnything3Output {
  std::array<torch::Tensor, kTaps> features;  // (S, ph, pw, 2C), shallowest first; the last one is F_scene
  torch::Tensor camera_feature;               // (S, 2C)
  torch::Tensor pose_encoding;                // (S, 9)
  DecodedCameras cameras;  // in a world near the reference view's camera, of arbitrary scale
  DenseOutput dense;       // depth in the cameras' scale
  int reference_view = 0;
};

// Depth Anything 3, the any-view networks (arXiv 2511.10647): depth, rays and cameras of views without known
// cameras.
struct DepthAnything3Impl : torch::nn::Module {
  explicit DepthAnything3Impl(const DepthAnything3Config& config);
  // bf16: matrix products of the backbone in bfloat16, as the official code does on a GPU. Throws Cancelled.
  DepthAnything3Output forward(const DepthAnything3Input& input, bool with_rays = true, bool bf16 = false,
                               const Progress& progress = {});

  DepthAnything3Config config;
  CrossViewBackbone backbone{nullptr};
  DualDpt head{nullptr};
  CameraDecoder cam_dec{nullptr};
  CameraEncoder cam_enc{nullptr};
};
TORCH_MODULE(DepthAnything3);

// The network with an official file's weights, which stay in the mapped file on a CPU. What the file holds
// for other purposes (Gaussians, levels that only training looked at) is left out.
DepthAnything3 load_depth_anything3(const Checkpoint& checkpoint, torch::Device device = torch::kCPU);

// Throws what loading would throw; an outline of the file is enough.
void check_depth_anything3(const Checkpoint& checkpoint);

// Depth Anything 3 as a scene branch: F_scene is its last feature map. Poses and depth share one arbitrary
// scale.
class DepthAnything3Branch : public NetworkBranch<DepthAnything3> {
 public:
  using NetworkBranch::NetworkBranch;
  SceneEstimate estimate(const torch::Tensor& images, const Progress& progress) override;
};

}  // namespace ahap

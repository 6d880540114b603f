#pragma once

#include <torch/torch.h>

#include <vector>

#include "reconstruction/branches/human3r/tensor_observer.h"
#include "reconstruction/networks/frozen_layers.h"
#include "reconstruction/smpl_joints.h"

namespace ahap {

// The defaults are the published sizes.
struct BodyHeadConfig {
  int dim = 1024;          // channels of the person's token
  int depth = 6;           // layers
  int attention = 512;     // channels of all attention heads, 64 each
  int hidden = 1024;       // of the feed-forward parts
  int context_dim = 1280;  // channels of the crop's tokens
};

// SMPL bodies of one person in S frames.
struct HeadBodies {
  torch::Tensor token;      // (S, dim), what AlignNet learns of the person
  torch::Tensor rotations;  // (S, 24, 3, 3), relative to the parent joint, the root in the camera frame
  torch::Tensor betas;      // (1, 10), the mean of all frames'
};

// Pose and shape from a person's crop in the manner of CameraHMR (Patel and Black 2024): one query per frame
// reads the crop's tokens. There is no translation. Parameters carry the official names.
struct BodyHeadImpl : torch::nn::Module {
  explicit BodyHeadImpl(const BodyHeadConfig& config);
  // crop_tokens (S, 192, context_dim); boxes (S, 3): the square's centre from the picture's middle, and its
  // side, over the frame's focal length.
  HeadBodies forward(const torch::Tensor& crop_tokens, const torch::Tensor& boxes,
                     const TensorObserver& observe = {});

  BodyHeadConfig config;
  torch::Tensor mean_pose, mean_betas, mean_camera;  // (1, 144), (1, 10), (1, 3)

 private:
  struct Layer {
    FrozenLayerNorm norm_self{nullptr}, norm_cross{nullptr}, norm_mlp{nullptr};
    FrozenLinear to_qkv{nullptr}, self_out{nullptr};
    FrozenLinear to_q{nullptr}, to_kv{nullptr}, cross_out{nullptr};
    FrozenLinear mlp_in{nullptr}, mlp_out{nullptr};
  };
  torch::Tensor attend_to_itself(Layer& layer, const torch::Tensor& x) const;
  torch::Tensor attend_to_crop(Layer& layer, const torch::Tensor& x, const torch::Tensor& crop_tokens) const;

  torch::Tensor pos_embedding_;  // (1, 1, dim)
  FrozenLinear to_token_{nullptr}, pose_{nullptr}, shape_{nullptr};
  std::vector<Layer> layers_;
};
TORCH_MODULE(BodyHead);

}  // namespace ahap

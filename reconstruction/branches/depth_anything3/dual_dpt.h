#pragma once

#include <torch/torch.h>

#include <array>
#include <map>
#include <string>

#include "reconstruction/networks/frozen_layers.h"

namespace ahap {

struct DualDptConfig {
  int feature_dim = 0;              // channels 2C of the backbone's feature maps
  std::array<int, 4> stage_dims{};  // channels of the four stages
  int fused_dim = 0;                // channels F of the fused maps
};

// Of V views of H x W pixels, ph x pw patches.
struct DenseOutput {
  torch::Tensor depth, depth_conf;  // (V, H, W); confidences are at least 1
  torch::Tensor
      ray;  // (V, 8ph, 8pw, 6): direction and origin in the common frame; undefined if not asked for
  torch::Tensor ray_conf;  // (V, 8ph, 8pw)
};

// Sine and cosine of an image position, (channels, h, w): half the channels for x, half for y, which run over
// a rectangle of the image's aspect ratio (width / height) and diagonal 2. Not yet scaled.
torch::Tensor position_map(std::int64_t channels, std::int64_t h, std::int64_t w, double aspect);

// The head of Depth Anything 3: a dense prediction transformer head (Ranftl et al. 2021) with two branches
// after shared stages, one for depth, one for rays. Parameters carry the official names.
struct DualDptImpl : torch::nn::Module {
  explicit DualDptImpl(const DualDptConfig& config);
  // Feature maps (V, ph pw, 2C), shallowest first, of images of height x width pixels.
  DenseOutput forward(const std::array<torch::Tensor, 4>& features, std::int64_t height, std::int64_t width,
                      bool with_rays);

 private:
  using Maps = std::array<torch::Tensor, 4>;
  struct Fusion {
    FrozenConv2d side1{nullptr}, side2{nullptr};  // the side input's residual unit; none at the deepest stage
    FrozenConv2d conv1{nullptr}, conv2{nullptr}, out{nullptr};
  };
  using Branch = std::array<Fusion, 4>;  // deepest last

  Branch make_branch(const std::string& suffix);
  Maps stages(const std::array<torch::Tensor, 4>& features, std::int64_t height, std::int64_t width);
  static torch::Tensor fuse(Branch& branch, const Maps& maps);

  DualDptConfig config_;
  FrozenLayerNorm norm_{nullptr}, ray_norm_{nullptr};
  std::array<FrozenConv2d, 4> projects_{FrozenConv2d{nullptr}, FrozenConv2d{nullptr}, FrozenConv2d{nullptr},
                                        FrozenConv2d{nullptr}};
  std::array<FrozenConv2d, 4> to_fused_ = projects_;
  FrozenUpsample enlarge4_{nullptr}, enlarge2_{nullptr};
  FrozenConv2d shrink_{nullptr};
  Branch depth_branch_, ray_branch_;
  FrozenConv2d depth1_{nullptr}, depth2_{nullptr}, depth3_{nullptr};
  std::vector<FrozenConv2d> ray1_;
  FrozenConv2d ray2_{nullptr}, ray3_{nullptr};
};
TORCH_MODULE(DualDpt);

}  // namespace ahap

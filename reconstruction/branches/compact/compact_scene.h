#pragma once

#include <torch/torch.h>

#include "reconstruction/branches/scene_branch.h"
#include "reconstruction/networks/attention.h"
#include "reconstruction/networks/conv_blocks.h"

namespace ahap {

struct CompactSceneConfig {
  int input_size = 224;                         // side of the square input; a multiple of 16
  std::vector<int> widths = {24, 48, 96, 192};  // channels at strides 2, 4, 8, 16
  int transformer_layers = 2;                   // at stride 16
  int heads = 6;
  int feature_dim = 64;  // channels of the feature map at stride 4
  int head_dim = 64;
};

// Dense maps at stride 4 of the input. With z the depth along the optical axis, f the focal length and S the
// input size in pixels, "focal-free" distances are log(z S / f) - kLogDistance.
struct SceneMaps {
  torch::Tensor features;   // (V, C, h, w)
  torch::Tensor log_depth;  // (V, h, w) focal-free
  torch::Tensor log_error;  // (V, h, w) log of the expected absolute error of log_depth
  torch::Tensor up;  // (V, 2, h, w) picture direction of the world's up at each pixel, unit length when right
  torch::Tensor latitude;  // (V, h, w) elevation angle of each pixel's ray above the horizon, radians
  torch::Tensor height;    // (V, h, w) height of the visible point above the floor, metres
};
constexpr double kLogDistance = 1.75;

// Convolutional trunk with a few transformer layers at its coarsest level, and the scene's dense maps.
struct CompactSceneImpl : torch::nn::Module {
  explicit CompactSceneImpl(const CompactSceneConfig& config);
  SceneMaps forward(const torch::Tensor& images);  // (V, 3, S, S) in 0..1

  CompactSceneConfig config;
  torch::nn::Conv2d stem{nullptr}, lateral2{nullptr}, lateral3{nullptr}, lateral4{nullptr}, head{nullptr},
      maps{nullptr};
  torch::nn::Sequential stage2{nullptr}, stage3{nullptr}, stage4{nullptr}, merge3{nullptr}, merge2{nullptr};
  torch::nn::ModuleList transformer{nullptr};
  torch::Tensor position;  // (1, (S/16)^2, C)
};
TORCH_MODULE(CompactScene);

// The compact network as a scene branch: K and gravity from the perspective field in closed form, metric
// depth. Runs where the network lies; estimates are on the CPU.
class CompactSceneBranch : public SceneBranch {
 public:
  CompactSceneBranch(CompactScene network, bool bf16) : network_(std::move(network)), bf16_(bf16) {}
  int input_size() const override { return network_->config.input_size; }
  bool relates_cameras() const override { return false; }
  SceneEstimate estimate(const torch::Tensor& images, const Progress& progress) override;

 private:
  CompactScene network_;
  bool bf16_;
};

}  // namespace ahap

#pragma once

#include <torch/torch.h>

#include <array>
#include <string>

#include "reconstruction/branches/human3r/tensor_observer.h"
#include "reconstruction/networks/frozen_layers.h"

namespace ahap {

struct PixelHeadConfig {
  std::array<int, 4> input_dims{};  // channels of the four token sets, shallowest first
  std::array<int, 4> stage_dims{};  // channels that they become
  int fused_dim = 0;                // channels of the fused maps
  int hidden = 0;                   // channels before the last convolution
  int outputs = 0;                  // numbers per pixel
  int patch = 16;                   // pixels of the map per patch
};

// A dense prediction transformer head (Ranftl et al. 2021) as DUSt3R and its descendants have it: four sets
// of patch tokens become a map. Parameters carry the official names.
struct PixelHeadImpl : torch::nn::Module {
  explicit PixelHeadImpl(const PixelHeadConfig& config);
  // Tokens (1, rows columns, C_i) -> (outputs, patch rows, patch columns). Stages are told as `name`.act0,
  // ...
  torch::Tensor forward(const std::array<torch::Tensor, 4>& tokens, std::int64_t rows, std::int64_t columns,
                        const std::string& name, const TensorObserver& observe);

 private:
  int patch_;
  struct Refinement {
    FrozenConv2d side1{nullptr}, side2{nullptr};  // the side input's residual unit; none at the deepest
    FrozenConv2d conv1{nullptr}, conv2{nullptr}, out{nullptr};
  };
  std::array<FrozenConv2d, 4> project_{FrozenConv2d{nullptr}, FrozenConv2d{nullptr}, FrozenConv2d{nullptr},
                                       FrozenConv2d{nullptr}};
  std::array<FrozenConv2d, 4> to_fused_ = project_;
  FrozenUpsample enlarge4_{nullptr}, enlarge2_{nullptr};
  FrozenConv2d shrink_{nullptr};
  std::array<Refinement, 4> refine_;
  FrozenConv2d head1_{nullptr}, head2_{nullptr}, head3_{nullptr};
};
TORCH_MODULE(PixelHead);

}  // namespace ahap

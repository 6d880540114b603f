#pragma once

#include <memory>

#include "reconstruction/body/smpl.h"
#include "reconstruction/human/multi_hmr.h"

namespace ahap {

// SMPL's 24 rotations (N, 24, 3, 3) from the 53 of SMPL-X that Multi-HMR gives (N, 53, 3, 3): joints 0 to 21
// are the same in both, SMPL's hands stay straight.
torch::Tensor smpl_rotations(const torch::Tensor& whole_body);

// Multi-HMR as a human branch. Its key point is the head joint. It sees the scene branch's intrinsics. SMPL-X
// shapes have no meaning for SMPL bodies, so everybody has the mean shape.
class MultiHmrBranch : public HumanBranch {
 public:
  MultiHmrBranch(MultiHmr network, std::shared_ptr<const Smpl> body, torch::Device device, bool bf16)
      : network_(std::move(network)), body_(std::move(body)), device_(device), bf16_(bf16) {}
  int input_size() const override { return network_->config.input_size(); }
  SquareFilter input_filter() const override { return SquareFilter::bicubic; }
  HumanEstimate estimate(const torch::Tensor& images, const SceneEstimate& scene, double threshold,
                         const Progress& progress) override;

 private:
  MultiHmr network_;
  std::shared_ptr<const Smpl> body_;
  torch::Device device_;
  bool bf16_;
};

}  // namespace ahap

#pragma once

#include <memory>

#include "reconstruction/body_layer/smpl.h"
#include "reconstruction/branches/multi_hmr/multi_hmr.h"

namespace ahap {

// SMPL-X's 55 rotations (N, 55, 3, 3) from the 53 that Multi-HMR gives (N, 53, 3, 3): its jaw is last, its
// eyes look ahead.
torch::Tensor smplx_rotations(const torch::Tensor& smplx_to_smpl);

// Multi-HMR as a human branch. Its key point is the head joint. It sees the scene branch's intrinsics. People
// are SMPL-X bodies where `body` is one. Where it is SMPL's, they keep the pose without fingers and have the
// mean shape, since SMPL-X's shapes mean nothing there.
class MultiHmrBranch : public HumanBranch {
 public:
  MultiHmrBranch(MultiHmr network, std::shared_ptr<const Smpl> body, torch::Device device, bool bf16)
      : network_(std::move(network)), body_(std::move(body)), device_(device), bf16_(bf16) {}
  int input_size() const override { return network_->config.input_size(); }
  SquareFilter input_filter() const override { return SquareFilter::bicubic; }
  HumanEstimate estimate(const torch::Tensor& images, const SceneEstimate& scene,
                         const DetectionThresholds& thresholds, const Progress& progress) override;

 private:
  MultiHmr network_;
  std::shared_ptr<const Smpl> body_;
  torch::Device device_;
  bool bf16_;
};

}  // namespace ahap

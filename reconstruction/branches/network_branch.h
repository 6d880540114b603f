#pragma once

#include <torch/torch.h>

#include <utility>

#include "reconstruction/branches/scene_branch.h"
#include "reconstruction/networks/dinov2.h"

namespace ahap {

// A scene branch that is one network, at the size that its encoder was trained at.
template <class Network>
class NetworkBranch : public SceneBranch {
 public:
  NetworkBranch(Network network, torch::Device device, bool bf16)
      : network_(std::move(network)), device_(device), bf16_(bf16) {}
  int input_size() const override { return kTrainedGrid * kPatch; }
  SquareFilter input_filter() const override { return SquareFilter::area_cubic; }
  bool relates_cameras() const override { return true; }

 protected:
  Network network_;
  torch::Device device_;
  bool bf16_;
};

}  // namespace ahap

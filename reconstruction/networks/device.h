#pragma once

#include <torch/torch.h>

namespace ahap {

// Where a module's parameters lie.
inline torch::Device device_of(const torch::nn::Module& module) {
  return module.parameters().front().device();
}

}  // namespace ahap

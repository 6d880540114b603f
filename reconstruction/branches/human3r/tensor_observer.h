#pragma once

#include <torch/torch.h>

#include <functional>
#include <string>

namespace ahap {

// Told a network's intermediate results by name while it runs, so that they can be compared with a
// reference's.
using TensorObserver = std::function<void(const std::string& name, const torch::Tensor& tensor)>;

inline void tell(const TensorObserver& observe, const std::string& name, const torch::Tensor& tensor) {
  if (observe) observe(name, tensor);
}

}  // namespace ahap

#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "reconstruction/checkpoints/checkpoint.h"

// The tensors that `ahap network` reads and writes.
namespace ahap {

using NetworkTensors = std::map<std::string, torch::Tensor>;

// "(2, 3)"
std::string shape_text(const torch::Tensor& tensor);

// The tensor in float32; undefined when the file does not have it. Throws a sentence when its shape is not
// the wanted one, in which -1 stands for any length.
torch::Tensor find_tensor(const Checkpoint& input, const std::string& name,
                          const std::vector<std::int64_t>& wanted);
// The same; throws a sentence when the file does not have it.
torch::Tensor need_tensor(const Checkpoint& input, const std::string& name,
                          const std::vector<std::int64_t>& wanted);

// The tensor `name`, images (V, 3, H, W) with sides that are multiples of `patch`.
torch::Tensor images_of(const Checkpoint& input, const std::string& name, int patch);

}  // namespace ahap

#pragma once

#include <torch/torch.h>

#include <map>
#include <string>
#include <vector>

#include "reconstruction/checkpoints/checkpoint.h"

// What `ahap network` reads from a safetensors file. Every function throws a sentence that names the file and
// the tensor.
namespace ahap {

using Tensors = std::map<std::string, torch::Tensor>;

// "(2, 3, 28, 42)"
std::string shape_text(const torch::Tensor& tensor);

// The tensor in float32; undefined when the file does not have it. Refused when its shape is not the wanted
// one, in which -1 stands for any length.
torch::Tensor find_tensor(const Checkpoint& input, const std::string& name,
                          const std::vector<std::int64_t>& wanted);
// The same, refused when the file does not have it.
torch::Tensor need_tensor(const Checkpoint& input, const std::string& name,
                          const std::vector<std::int64_t>& wanted);

// images (V, 3, H, W), H and W multiples of the patch.
torch::Tensor images_of(const Checkpoint& input);

}  // namespace ahap

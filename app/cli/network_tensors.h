#pragma once

#include <torch/torch.h>

#include <charconv>
#include <cstdint>
#include <map>
#include <stdexcept>
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

// The tensor `images`, the same with colours in 0..1, because `network` normalises them itself.
torch::Tensor colors_of(const Checkpoint& input, int patch, const std::string& network);

// The input with names as they are behind "input.".
Checkpoint with_plain_names(const Checkpoint& input);

// The metadata as a number, `otherwise` where the file does not have it.
template <typename Number>
Number metadata_number(const Checkpoint& input, const std::string& key, Number otherwise) {
  const auto found = input.metadata.find(key);
  if (found == input.metadata.end()) return otherwise;
  const std::string& text = found->second;
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size())
    throw std::runtime_error(input.file.string() + ": metadata " + key + " is \"" + text +
                             "\" instead of a number");
  return number;
}

}  // namespace ahap

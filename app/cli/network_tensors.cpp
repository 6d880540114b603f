#include "app/cli/network_tensors.h"

#include <stdexcept>

namespace ahap {
namespace {

constexpr double kColorTolerance = 1e-3;

}  // namespace

std::string shape_text(const torch::Tensor& tensor) {
  std::string text;
  for (const auto length : tensor.sizes()) text += (text.empty() ? "(" : ", ") + std::to_string(length);
  return text.empty() ? "()" : text + ")";
}

torch::Tensor find_tensor(const Checkpoint& input, const std::string& name,
                          const std::vector<std::int64_t>& wanted) {
  const auto found = input.tensors.find(name);
  if (found == input.tensors.end()) return {};
  const torch::Tensor& tensor = found->second;
  bool fits = tensor.dim() == std::int64_t(wanted.size());
  std::string text;
  for (std::size_t axis = 0; axis < wanted.size(); ++axis) {
    fits = fits && (wanted[axis] < 0 ? tensor.size(axis) > 0 : tensor.size(axis) == wanted[axis]);
    text += (text.empty() ? "(" : ", ") + (wanted[axis] < 0 ? "*" : std::to_string(wanted[axis]));
  }
  if (!fits) {
    throw std::runtime_error(input.file.string() + ": tensor " + name + " has shape " + shape_text(tensor) +
                             " instead of " + text + ")");
  }
  if (!tensor.is_floating_point())
    throw std::runtime_error(input.file.string() + ": tensor " + name +
                             " does not hold floating-point numbers");
  return tensor.to(torch::kFloat);
}

torch::Tensor need_tensor(const Checkpoint& input, const std::string& name,
                          const std::vector<std::int64_t>& wanted) {
  const torch::Tensor tensor = find_tensor(input, name, wanted);
  if (!tensor.defined()) throw std::runtime_error(input.file.string() + ": tensor " + name + " is missing");
  return tensor;
}

torch::Tensor images_of(const Checkpoint& input, const std::string& name, int patch) {
  const torch::Tensor images = need_tensor(input, name, {-1, 3, -1, -1});
  if (images.size(2) % patch != 0 || images.size(3) % patch != 0) {
    throw std::runtime_error(input.file.string() + ": tensor " + name + " has shape " + shape_text(images) +
                             ", but height and width must be multiples of " + std::to_string(patch));
  }
  return images;
}

torch::Tensor colors_of(const Checkpoint& input, int patch, const std::string& network) {
  const torch::Tensor images = images_of(input, "images", patch);
  if (images.min().item<float>() < -kColorTolerance || images.max().item<float>() > 1 + kColorTolerance ||
      !torch::isfinite(images).all().item<bool>()) {
    throw std::runtime_error(input.file.string() + ": tensor images must hold colours in 0..1, because " +
                             network + " normalises them itself");
  }
  return images;
}

Checkpoint with_plain_names(const Checkpoint& input) {
  const std::string prefix = "input.";
  Checkpoint plain{input.file, {}, input.metadata};
  for (const auto& [name, tensor] : input.tensors)
    plain.tensors[name.starts_with(prefix) ? name.substr(prefix.size()) : name] = tensor;
  return plain;
}

}  // namespace ahap

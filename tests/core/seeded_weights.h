#pragma once

#include <torch/torch.h>

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "reconstruction/checkpoints/checkpoint.h"

// The weights that the recorded references of tests/data were computed with: a function of a tensor's name
// and shape.
namespace ahap::testing {

inline std::uint64_t splitmix64(std::uint64_t z) {
  z += 0x9E3779B97F4A7C15u;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

inline std::uint64_t fnv1a64(const std::string& text) {
  std::uint64_t value = 0xCBF29CE484222325u;
  for (const char letter : text) value = (value ^ std::uint8_t(letter)) * 0x100000001B3u;
  return value;
}

struct Spread {
  double center, scale;
};

inline Spread spread_of(const std::string& name, const std::vector<std::int64_t>& shape) {
  const auto contains = [&](const char* part) { return name.find(part) != std::string::npos; };
  if (name.ends_with("gamma")) return {0.1, 0.05};
  if (name.ends_with("bias") || (shape.size() <= 1 && !name.ends_with("weight"))) return {0.0, 0.02};
  if (shape.size() == 1) return {1.0, 0.1};
  if (contains("token") || contains("pos_embed") || contains("embed_init")) return {0.0, 0.02};
  double fan_in = 1;
  for (std::size_t axis = 1; axis < shape.size(); ++axis) fan_in *= double(shape[axis]);
  return {0.0, std::sqrt(3.0 / fan_in)};
}

inline torch::Tensor seeded_tensor(const std::string& name, const std::vector<std::int64_t>& shape,
                                   std::uint64_t seed = 1) {
  torch::Tensor tensor = torch::empty(shape);
  const std::uint64_t start = splitmix64(fnv1a64(name) ^ (seed * 0x9E3779B97F4A7C15u));
  const auto [center, scale] = spread_of(name, shape);
  float* values = tensor.data_ptr<float>();
  for (std::int64_t i = 0; i < tensor.numel(); ++i) {
    const double u = double(splitmix64(start + std::uint64_t(i)) >> 40) / double(1 << 24);
    values[i] = float(center + scale * (2 * u - 1));
  }
  return tensor;
}

// A checkpoint with every tensor of a list of "name<TAB>d0xd1x..." lines.
inline Checkpoint seeded_checkpoint(const std::filesystem::path& list, std::uint64_t seed = 1) {
  Checkpoint checkpoint{list, {}, {}};
  std::ifstream lines(list);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t tab = line.find('\t');
    std::vector<std::int64_t> shape;
    std::istringstream sizes(line.substr(tab + 1));
    for (std::string size; std::getline(sizes, size, 'x');) shape.push_back(std::stoll(size));
    const std::string name = line.substr(0, tab);
    checkpoint.tensors[name] = seeded_tensor(name, shape, seed);
  }
  return checkpoint;
}

// The references' synthetic pictures, normalised: (views, 3, height, width).
inline torch::Tensor formula_images(std::int64_t views, std::int64_t height, std::int64_t width) {
  const auto real = torch::dtype(torch::kDouble);
  const auto v = torch::arange(views, real).view({-1, 1, 1, 1}), c = torch::arange(3, real).view({-1, 1, 1});
  const auto y = torch::arange(height, real).view({-1, 1}), x = torch::arange(width, real);
  const auto p = 0.5 + 0.5 * torch::sin(0.05 * (c + 1) * x + 0.07 * y + 1.3 * v + 0.9 * c);
  const auto mean = torch::tensor({0.485, 0.456, 0.406}, real).view({3, 1, 1});
  const auto deviation = torch::tensor({0.229, 0.224, 0.225}, real).view({3, 1, 1});
  return ((p - mean) / deviation).to(torch::kFloat);
}

// |a - b| / |b| over all elements.
inline double relative_l2(const torch::Tensor& a, const torch::Tensor& b) {
  const auto x = a.to(torch::kDouble), y = b.to(torch::kDouble);
  return ((x - y).norm() / y.norm()).item<double>();
}

}  // namespace ahap::testing

#include "reconstruction/branches/human3r/pose_memory.h"

#include <string>

namespace ahap {
namespace {

constexpr int kMemoryHeadDim = 128;

}  // namespace

PoseMemoryImpl::PoseMemoryImpl(const PoseMemoryConfig& config) {
  const int width = 2 * config.dim;
  mem_ = frozen_parameter(*this, "mem", {1, config.slots, width});
  masked_token_ = frozen_parameter(*this, "masked_token", {1, 1, config.dim});
  proj_q_ = register_module("proj_q", FrozenLinear(config.feature_dim, config.dim));
  for (int i = 0; i < config.depth; ++i) {
    const auto block = [&](const char* name) {
      return place(*this, name + std::to_string(i), CrossBlock(width, width / kMemoryHeadDim));
    };
    read_blocks_.push_back(block("read_blocks."));
    write_blocks_.push_back(block("write_blocks."));
  }
}

torch::Tensor PoseMemoryImpl::read(const torch::Tensor& memory, const torch::Tensor& image_mean) {
  auto x = torch::cat({proj_q_(image_mean), masked_token_}, -1);
  for (CrossBlock& block : read_blocks_) x = block(x, memory);
  return x.chunk(2, -1)[1];
}

torch::Tensor PoseMemoryImpl::write(torch::Tensor memory, const torch::Tensor& image_mean,
                                    const torch::Tensor& pose_token) {
  const auto entry = torch::cat({proj_q_(image_mean), pose_token}, -1);
  for (CrossBlock& block : write_blocks_) memory = block(memory, entry);
  return memory;
}

}  // namespace ahap

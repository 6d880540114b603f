#pragma once

#include <torch/torch.h>
#include <torch/version.h>

namespace ahap::testing {

// A device that this machine does not have, for tests of where tensors lie: its memory is the CPU's, but locked, so that
// code which reads it there directly crashes, and an operator that is given tensors of it and of the CPU together throws, as
// CUDA's do. Its arithmetic is the CPU's. Only with LibTorch 1.13, whose dispatcher it plugs into.
constexpr bool kHasPretendDevice = TORCH_VERSION_MAJOR < 2;
torch::Device pretend_device();

}  // namespace ahap::testing

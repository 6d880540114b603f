#pragma once

#include <cstdint>

#include "reconstruction/models/model_registry.h"

namespace ahap {

// Of this machine, bytes.
struct MachineMemory {
  std::uint64_t total = 0;
  std::uint64_t available = 0;  // without putting other programs out
};
MachineMemory machine_memory();

constexpr int kUsualViews = 4;

// The memory that a run on the CPU in float32 takes at its fullest moment, bytes.
struct MemoryEstimate {
  std::uint64_t weights = 0;  // and bodies
  std::uint64_t work = 0;     // intermediate results of the networks
  std::uint64_t program = 0;  // everything else

  std::uint64_t total() const { return weights + work + program; }
};

// Forecast from the sizes of the model's networks; all 0 when a file of it is missing or unusable,
// and for the photo model, which has no forecast yet.
MemoryEstimate memory_estimate(const InstalledModel& model, int views = kUsualViews);

}  // namespace ahap

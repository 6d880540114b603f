#pragma once

#include <cstdint>

#include "reconstruction/model_shelf.h"

namespace ahap {

// Of this machine, bytes.
struct MachineMemory {
  std::uint64_t total = 0;
  std::uint64_t available = 0;  // without putting other programs out
};
MachineMemory machine_memory();

// The least memory of a run, bytes: the weights and bodies as their files hold them. Features of the pictures
// come on top. 0 when a file of the model is missing or unusable.
std::uint64_t least_run_memory(const InstalledModel& model);

}  // namespace ahap

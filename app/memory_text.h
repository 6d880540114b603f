#pragma once

#include <string>

#include "reconstruction/bytes_text.h"
#include "reconstruction/models/memory_estimate.h"

// The memory of a run beside the memory of this machine, in a person's words.
namespace ahap {

// Also where the machine does not say what is free.
inline bool fits(const MemoryEstimate& needed, const MachineMemory& machine) {
  return machine.total == 0 || needed.total() <= machine.available;
}

inline std::string memory_text(const MemoryEstimate& needed, int views = kUsualViews) {
  return "about " + bytes_text(needed.total()) + " for a run with " + std::to_string(views) + " views";
}

inline std::string memory_parts(const MemoryEstimate& needed) {
  return "weights " + bytes_text(needed.weights) + ", networks at work " + bytes_text(needed.work) +
         ", program " + bytes_text(needed.program);
}

inline std::string memory_warning(const MachineMemory& machine) {
  return "that is more than the " + bytes_text(machine.available) +
         " that are free: end other programs, or take smaller networks or fewer views";
}

}  // namespace ahap

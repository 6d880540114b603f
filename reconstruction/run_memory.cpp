#include "reconstruction/run_memory.h"

#include <fstream>
#include <string>

namespace ahap {

MachineMemory machine_memory() {
  MachineMemory memory;
  std::ifstream in("/proc/meminfo");
  std::string name, rest;
  for (std::uint64_t kibibytes = 0; in >> name >> kibibytes; std::getline(in, rest)) {
    if (name == "MemTotal:") memory.total = kibibytes << 10;
    if (name == "MemAvailable:") memory.available = kibibytes << 10;
  }
  return memory;
}

std::uint64_t least_run_memory(const InstalledModel& model) {
  if (!model.usable()) return 0;
  std::uint64_t bytes = 0;
  for (const ModelPart& part : model.parts) bytes += part.bytes;
  return bytes;
}

}  // namespace ahap

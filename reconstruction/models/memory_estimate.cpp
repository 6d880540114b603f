#include "reconstruction/models/memory_estimate.h"

#include <algorithm>
#include <fstream>
#include <string>

namespace ahap {
namespace {

// Measured: the program with its libraries, our own body and the result of a capture with a few people.
constexpr std::uint64_t kProgram = 250'000'000;
// Measured: the compact networks, whose weights are float16 in their files and float32 in memory.
constexpr std::uint64_t kCompactWork = 30'000'000, kCompactWorkPerView = 15'000'000;

}  // namespace

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

MemoryEstimate memory_estimate(const InstalledModel& model, int views) {
  MemoryEstimate memory;
  if (!model.usable() || model.kind == "photo") return memory;
  memory.program = kProgram;
  if (model.kind == "compact") {
    for (const ModelPart& part : model.parts) memory.weights += 2 * part.bytes;
    memory.work = kCompactWork + kCompactWorkPerView * std::uint64_t(views);
    return memory;
  }
  std::uint64_t kept = 0;  // by the networks before
  for (const char* name : {"scene", "human", "ahap", "body", "smplx"}) {
    const ModelPart* part = model.part(name);
    if (!part) continue;
    const NetworkMemory network = part->found ? part->found->memory : NetworkMemory{};
    memory.weights += network.weights > 0 ? network.weights : part->bytes;
    memory.work = std::max(memory.work, kept + network.work(views));
    kept += network.kept_per_view * std::uint64_t(views);
  }
  return memory;
}

}  // namespace ahap

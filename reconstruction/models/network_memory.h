#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace ahap {

class DepthAnything3;
class Mast3r;
class MultiHmr;
class Pi3;

// What a network takes on a CPU in float32, bytes.
struct NetworkMemory {
  // Intermediate results at the fullest moment of a part of the network, for V views: once + per_view V.
  struct Stage {
    std::uint64_t once = 0, per_view = 0;
  };
  std::uint64_t weights = 0;        // that pictures without known cameras pass through
  std::vector<Stage> stages = {};   // one after the other, each without what the others took
  std::uint64_t kept_per_view = 0;  // of its results, until the end of a run

  // Intermediate results at the fullest moment of all.
  std::uint64_t work(int views) const {
    std::uint64_t most = 0;
    for (const Stage& stage : stages)
      most = std::max(most, stage.once + stage.per_view * std::uint64_t(views));
    return most;
  }
};

// Looking at squares of so many pixels per side. Depth Anything 3 and Pi3 look at all views at once,
// Multi-HMR at one after the other.
NetworkMemory memory_of(const DepthAnything3& network, int side);
NetworkMemory memory_of(const MultiHmr& network, int side);
NetworkMemory memory_of(const Pi3& network, int side);
// Of MASt3R, which looks at a pair at a time.
NetworkMemory memory_of(const Mast3r& network, int side);

}  // namespace ahap

#pragma once

#include <vector>

#include "reconstruction/motion/synchronisation.h"
#include "reconstruction/motion/timing.h"

namespace ahap {

// What two cameras say of their times.
struct PairTiming {
  int a = 0, b = 0;  // cameras
  Timing timing;
  double gain = 0;  // log likelihood by which it is better than the next best
  CameraOffset::Source source = CameraOffset::Source::none;
};

// The offsets of all cameras that agree with the pairs of most gain, by least squares; pairs that contradict
// them are left out. Drifts are kept where they are significant. The reference is the first camera of the
// largest group that pairs connect; cameras outside it are unknown.
std::vector<CameraOffset> solve_offsets(int cameras, const std::vector<PairTiming>& pairs);

// What the offsets of two cameras say of their pair at a time of `a`.
Timing timing_between(const CameraOffset& a, const CameraOffset& b, double when);

}  // namespace ahap

#include "reconstruction/motion/tracked_frames.h"

#include "reconstruction/median.h"

namespace ahap {

double frame_rate_of(const TrackedFrames& frames) {
  std::vector<double> times;
  for (const TrackedFrame& frame : frames) times.push_back(frame.time);
  return median_rate(times);
}

std::vector<ViewTracklet> tracklets_of(const TrackedFrames& frames) {
  std::vector<ViewTracklet> tracklets;
  for (std::size_t f = 0; f < frames.size(); ++f) {
    for (std::size_t n = 0; n < frames[f].people.size(); ++n) {
      const std::size_t number = std::size_t(frames[f].tracklets[n]);
      if (number >= tracklets.size()) tracklets.resize(number + 1);
      tracklets[number].view = frames[f].people[n].view;
      tracklets[number].seen.push_back({int(f), int(n)});
    }
  }
  return tracklets;
}

}  // namespace ahap

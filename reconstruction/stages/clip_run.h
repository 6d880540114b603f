#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "reconstruction/progress.h"
#include "reconstruction/reconstruction.h"

namespace ahap {

// How methods for clips stop and publish.

// Asks for the end also where `finish_requested` does, and reports nothing.
Progress until_finish(const Progress& progress, const std::function<bool()>& finish_requested);

// "Stopped after 12 of 30 frames: ..."
std::string stopped_after(std::size_t taken, std::size_t count, int last_frame);

// Publishes what is known so far: at most once a second, and in at most a twentieth of the time.
class PacedPublisher {
 public:
  void publish(const Progress& progress, const std::function<Reconstruction()>& so_far);

 private:
  std::chrono::steady_clock::time_point next_ = std::chrono::steady_clock::now();
};

}  // namespace ahap

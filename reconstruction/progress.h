#pragma once

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>

namespace ahap {

struct Reconstruction;

// How a run speaks to whoever started it. All callbacks are optional and are called on the running thread.
struct Progress {
  // Stage name ("depth and cameras") and the fraction 0..1 of that stage that is done.
  std::function<void(const std::string& stage, double fraction)> report;
  // True when the run should end as soon as it can; it then throws Cancelled.
  std::function<bool()> stop_requested;
  // A snapshot after a stage that has something to show (cameras and points before the people, for instance).
  std::function<void(std::shared_ptr<const Reconstruction>)> publish;
};

struct Cancelled : std::runtime_error {
  Cancelled() : std::runtime_error("cancelled") {}
};

// Reports and, when a stop was asked for, throws Cancelled.
inline void step(const Progress& progress, const std::string& stage, double fraction) {
  if (progress.stop_requested && progress.stop_requested()) throw Cancelled();
  if (progress.report) progress.report(stage, fraction);
}

}  // namespace ahap

#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "reconstruction/evaluation/result_difference.h"
#include "reconstruction/progress.h"
#include "reconstruction/reconstruction.h"

namespace ahap {

// One method on one frame of a capture: what it took and what it found.
struct MethodRun {
  std::string method;        // as people call it
  std::string problem = {};  // why there is no result; empty: there is one
  std::shared_ptr<const Reconstruction> result = {};
  double load_seconds = 0, run_seconds = 0;  // load: 0 where the model was loaded before
  double peak_memory = 0;                    // MiB, of the process while it loaded and ran; 0: not known
  int cameras = 0, people = 0;
  std::size_t points = 0;
  std::optional<ResultDifference> difference = {};  // from the method that the others are measured from
};

// Runs and measures it; what `run` reports as "load model" counts as loading. Where it throws, the sentence
// is the problem; Cancelled goes through.
MethodRun run_method(std::string method,
                     const std::function<std::shared_ptr<const Reconstruction>(const Progress&)>& run,
                     const Progress& progress);

// Says of each other run that has a result how far it is from this one, which has one.
void measure_from(std::vector<MethodRun>& runs, std::size_t reference);

// Markdown: what each method found and took, and how far it is from the one that `measure_from` took.
// `capture`: its name.
std::string method_table(const std::string& capture, int views, const std::vector<MethodRun>& runs);

}  // namespace ahap

#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "reconstruction/evaluation/result_difference.h"
#include "reconstruction/options.h"

namespace ahap {

// One method on one capture.
struct MethodRow {
  std::string method;
  std::string problem = {};  // why there is no result; empty: there is one
  double load_seconds = 0, run_seconds = 0;
  double peak_memory = 0;  // MiB, of the process while it loaded and ran; 0: not known
  int cameras = 0, people = 0;
  std::size_t points = 0;
  std::optional<ResultDifference> difference =
      {};  // from the first method that has a result; of that one nothing
};

// Markdown: what each method found and took, and how far it is from the first. `capture`: its name.
std::string method_table(const std::string& capture, int views, const std::vector<MethodRow>& rows);

struct MethodComparison {
  std::filesystem::path capture, output;
  std::vector<std::string> methods;  // names or folders of models
  Options options;
  bool quiet = false;
};

// Runs each method on the capture's first frame, writes each result (GLB and JSON) into a folder of `output`,
// and methods.md with the table, which is returned. A method that fails has a row that says why. Throws a
// sentence where the capture or the output cannot be used, and where no method had a result.
std::string compare_methods(const MethodComparison& comparison);

}  // namespace ahap

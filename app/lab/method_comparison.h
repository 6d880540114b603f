#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "reconstruction/options.h"

namespace ahap {

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

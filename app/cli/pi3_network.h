#pragma once

#include "app/cli/network_tensors.h"
#include "reconstruction/progress.h"

namespace ahap {

// Pi3 and Pi3X alone. Names in the input file may stand behind "input.". Of Pi3X, metadata "conditions", as
// the recorded references have it, says which of the conditions in the file count and of which views.
NetworkTensors run_pi3(const Checkpoint& weights, const Checkpoint& input, bool bf16,
                       const Progress& progress);
NetworkTensors run_pi3x(const Checkpoint& weights, const Checkpoint& input, bool bf16,
                        const Progress& progress);

}  // namespace ahap

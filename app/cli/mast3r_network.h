#pragma once

#include "app/cli/network_tensors.h"
#include "reconstruction/progress.h"

namespace ahap {

// `ahap network mast3r`: the tensor input (2, 3, H, W) in -1..1, the pair's images in order. What the network
// tells on the way is written whole, under the names of the recorded references; out1 is the first image's.
NetworkTensors run_mast3r(const Checkpoint& weights, const Checkpoint& input, bool bf16,
                          const Progress& progress);

// `ahap network dune`: the tensor images (V, 3, H, W), normalised; features, and teacher.NAME of every
// teacher that the file has a projector for.
NetworkTensors run_dune(const Checkpoint& weights, const Checkpoint& input, bool bf16,
                        const Progress& progress);

}  // namespace ahap

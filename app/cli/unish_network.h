#pragma once

#include "app/cli/network_tensors.h"
#include "reconstruction/progress.h"

namespace ahap {

// UniSH on a clip: `images` (S, 3, H, W) in 0..1, two frames or more, and `bbox_px` (S, 3), the square around
// the person in pixels of the images: its centre from their middle, and its side. `patches`
// (S, 3, 256, 256) is what the squares show; without it, they are cut from the images. Names may stand behind
// "input."; metadata `fps` is the clip's frames per second (6). Returns the tensors under the names of the
// reference outputs, whole, but for the backbone's tokens between blocks. Throws sentences with the file.
NetworkTensors run_unish(const Checkpoint& weights, const Checkpoint& input, bool bf16,
                         const Progress& progress);

}  // namespace ahap

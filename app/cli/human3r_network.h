#pragma once

#include "app/cli/network_tensors.h"
#include "reconstruction/progress.h"

namespace ahap {

// Human3R on the tensor `input` (or `images`): frames (F, 3, H, W) in -1..1, sides multiples of 16. The
// file's metadata say `use_ttt3r` (0 or 1, the default), `mhmr_img_res` (side of the human branch's square),
// `classif_bias` (in place of the weights'), and when the state is reset: `reset_interval` (after every so
// many frames; the frame there is fed twice), or `frame_of_view` ("0,1,2,2,3": the order of feeding; `input`
// may also hold the views themselves) with the tensor `view.reset` (V); without it, a frame that comes twice
// in a row resets. Returns the tensors of V views under the names of the reference outputs, whole: stacked,
// or `.v0`, `.v1`,
// ... where they are of people. Left out are the tokens between blocks and the maps between a head's layers.
// Throws sentences with the file.
NetworkTensors run_human3r(const Checkpoint& weights, const Checkpoint& input, bool bf16,
                           const Progress& progress);

}  // namespace ahap

#pragma once

#include "reconstruction/reconstruction.h"

namespace ahap {

// One frame of a range as a result of its own, for everything that shows or writes single frames: its meshes
// follow from the poses. `frame` is an index into the frames of `range`.
Reconstruction one_frame(const Reconstruction& range, int frame);

}  // namespace ahap

#pragma once

#include <memory>
#include <vector>

#include "reconstruction/capture/capture.h"
#include "reconstruction/reconstruction.h"

namespace ahap {

// A frame of a result, an index into its frames, as a result of its own with meshes; a few milliseconds.
std::shared_ptr<const Reconstruction> shown_frame(const std::shared_ptr<const Reconstruction>& result,
                                                  int frame);

// The place of a result at an instant that it does not have: points and cameras that stand still, nobody in
// it. `number`: of the frame in the capture.
std::shared_ptr<const Reconstruction> shown_place(const Reconstruction& result, int number);

// Of a result of several frames, how many frames of the capture it is from one to the next; else 1.
int frame_step(const Reconstruction& result);

// For each view of a result its camera, an index into those of the capture: the one with the view's file, or
// the one in the same place where the view has no file.
std::vector<int> cameras_of_views(const Capture& capture, const Reconstruction& result);

}  // namespace ahap

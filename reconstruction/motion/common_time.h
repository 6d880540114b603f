#pragma once

#include <optional>
#include <vector>

#include "reconstruction/motion/synchronisation.h"
#include "reconstruction/motion/tracked_frames.h"

namespace ahap {

// What all cameras saw at the same instants: those of the frames' `time`. The tracks of a camera whose
// pictures were taken at others, by its offset (empty: none is known) or by another frame rate, are
// interpolated between its frames; nothing is known where these are further apart than a fifth of a second.
// Cameras within a quarter of a frame stay as they are.
TrackedFrames at_common_times(const TrackedFrames& frames, const std::vector<CameraOffset>& offsets = {});

// When a camera took its picture of a frame, by the capture's clock; nothing where it has none.
std::optional<double> time_of_picture(const TrackedFrame& frame, int view,
                                      const std::vector<CameraOffset>& offsets);

// By how many frames of the range each camera's picture of an instant comes later than the instant's frame;
// the mean over the range, rounded.
std::vector<int> frame_shifts(const TrackedFrames& frames, const std::vector<CameraOffset>& offsets);

}  // namespace ahap

#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "reconstruction/motion/synchronisation.h"

namespace ahap {

// What tells by how much the cameras of a range began apart.
struct OffsetEvidence {
  std::vector<std::string> cameras;  // their names
  // Samples of what each camera heard (offsets_from_sound); asked only where motion leaves a camera unknown.
  // May be empty.
  std::function<std::vector<std::vector<float>>(const Progress& progress)> sounds;
  int sound_rate = 0;                          // samples per second
  std::vector<std::optional<double>> by_hand;  // seconds of each camera, or fewer; these count as they are
};

struct RangeOffsets {
  std::vector<CameraOffset> offsets;  // of each camera
  int reference = 0;                  // the camera whose clock the capture's is
  std::vector<std::string> messages;  // what a person should know, one sentence each
};

// From people's motion, and from sound where that leaves cameras unknown. An offset below three quarters of a
// frame is none: 0 with the source that says so; one that is not sure to half a frame is unknown. Throws
// Cancelled on request.
RangeOffsets range_offsets(const TrackedFrames& frames, const OffsetEvidence& evidence,
                           const Progress& progress = {});

// Makes the frames' times those of a camera's clock: where it has no picture, they go on beside those of
// before.
void follow_clock(TrackedFrames& frames, int camera);

}  // namespace ahap

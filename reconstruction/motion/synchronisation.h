#pragma once

#include <array>
#include <optional>
#include <vector>

#include "reconstruction/camera.h"
#include "reconstruction/camera_offset.h"
#include "reconstruction/motion/tracked_frames.h"
#include "reconstruction/progress.h"

namespace ahap {

// One person as one camera follows it without a break.
struct MotionTrack {
  int camera = 0;
  std::vector<double> times;                                   // of the camera, seconds, ascending
  std::vector<std::array<ObservedPoint, kBodyPoints>> points;  // at each of them
};

// Tracklets whose frames' times are those of their cameras; an offset then says by how much they are wrong.
std::vector<MotionTrack> motion_tracks(const TrackedFrames& frames);

// From what the microphones of the cameras heard: samples of each camera, of one rate (per second), the first
// at the camera's time 0; none where it has no sound. Sound needs 3 ms for every metre, which the sigma takes
// into account. Unknown where nothing, too little, or nothing in common was heard. Throws Cancelled on
// request.
std::vector<CameraOffset> offsets_from_sound(const std::vector<std::vector<float>>& sounds, int rate,
                                             const Progress& progress = {});

struct MotionSynchronisation {
  std::vector<std::optional<Camera>> cameras;  // that are known, without distortion; empty: none is
  // What is known before: offsets are sought near these, and these are kept where motion says nothing.
  // Empty: nothing is.
  std::vector<CameraOffset> start;
};

// From people who move, seen by cameras that stand still: upright pictures show the same up and down at the
// same time, and only with the right offset do the points of a body lie on one another's epipolar lines,
// which follow from the cameras or, where these are unknown, from the points themselves. Unknown where nobody
// moves, or moves so evenly that several offsets are as likely. Throws Cancelled on request.
std::vector<CameraOffset> offsets_from_motion(const std::vector<MotionTrack>& tracks, int cameras,
                                              const MotionSynchronisation& known = {},
                                              const Progress& progress = {});

}  // namespace ahap

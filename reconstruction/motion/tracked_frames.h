#pragma once

#include <vector>

#include "reconstruction/observations.h"

namespace ahap {

// What the cameras saw of people in one frame, each followed from frame to frame.
struct TrackedFrame {
  int number = 0;   // in the capture
  double time = 0;  // seconds since the capture's first frame
  // When each camera took its picture by its own clock, seconds since its first frame; NaN: it has none here.
  // Empty: all at `time`.
  std::vector<double> camera_times;
  std::vector<PersonObservation> people;  // `view`: the camera
  std::vector<int> tracklets;  // of each: the same number is the same person in the same camera, from 0
};
using TrackedFrames = std::vector<TrackedFrame>;

// One observation of TrackedFrames.
struct ObservationIndex {
  int frame = 0;   // index
  int person = 0;  // index into its people
};

// One person as one camera follows it without a break.
struct ViewTracklet {
  int view = -1;                       // -1: the number is not in use
  std::vector<ObservationIndex> seen;  // by frame
};

// Frames per second, the median; 0 where their times do not ascend.
double frame_rate_of(const TrackedFrames& frames);

// By their numbers.
std::vector<ViewTracklet> tracklets_of(const TrackedFrames& frames);

}  // namespace ahap

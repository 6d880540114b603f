#pragma once

#include <Eigen/Geometry>
#include <vector>

#include "reconstruction/body/body_model.h"
#include "reconstruction/frame_sequence.h"
#include "reconstruction/reconstruction.h"
#include "reconstruction/smpl_parameters.h"
#include "reconstruction/up_axis.h"

namespace ahap {

// The frames of a range on an even clock, as formats with a frame rate demand it (range_exporters.h). Where
// the frames have no times that ascend, or times that are absurdly far apart, they follow each other at 30
// per second.
struct Clock {
  double rate = kAssumedFrameRate;  // samples per second
  std::vector<double> seconds;      // of each frame since the first one
  std::vector<int> samples;         // of each frame, ascending from 0
};
Clock clock_of(const Reconstruction& range);

// The body of this shape at rest: no rotation, no translation.
SmplParameters rest_of(const Person& person);

struct MotionSample {
  int frame = -1;                     // index into the range's frames; -1: no frame falls on this sample
  const BodyInFrame* body = nullptr;  // null in a gap
  SmplParameters smpl;                // in a gap between the bodies around it
};

// A person from its first body to its last one. No samples: it has no body. Throws std::invalid_argument
// where the range has no body model, a sentence where the bodies are not SMPL's with 24 joints or not finite.
struct Motion {
  double rate = kAssumedFrameRate;
  int first = 0;  // the first sample on the range's clock
  std::vector<MotionSample> samples;
};
Motion motion_of(const Reconstruction& range, const Person& person);

// What is checked before anything of a person is written.
void require_motion(const Reconstruction& range, const Person& person);

Eigen::Quaterniond quaternion(const Eigen::Vector3f& axis_angle);
// The equal one of q and -q that is nearer to `before`, so that numbers do not jump.
Eigen::Quaterniond nearer(const Eigen::Quaterniond& q, const Eigen::Quaterniond& before);

}  // namespace ahap

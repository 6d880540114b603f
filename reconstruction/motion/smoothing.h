#pragma once

#include <map>

#include "reconstruction/reconstruction.h"

namespace ahap {

struct SmoothingOptions {
  double strength = 1;  // 0: bodies stay as they are; 2: half as fast motion remains as at 1
  std::map<int, double> person_strength = {};  // by id, for those who differ
  double longest_gap = 1;  // seconds between two bodies up to which those between are filled in
  bool plant_feet = true;  // see foot_contact.h
};

// The same people with motion that looks right: places of the pelvis and rotations of all joints smoothed
// without lag, bodies that jump away and back not believed, gaps of a person filled in (those bodies have no
// detections), feet that stand where they stand (`foot_contact`). `raw` is a range of frames; where their
// times do not ascend, frames follow each other at frame_rate(), else at 30 per second. Left alone: people of
// strength 0, SMPL-X bodies, single frames and results without a body model. Throws std::invalid_argument for
// a body model that prepare_body refuses.
Reconstruction with_smooth_motion(const Reconstruction& raw, const SmoothingOptions& options = {});

}  // namespace ahap

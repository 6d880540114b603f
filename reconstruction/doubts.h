#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reconstruction/photo_fit.h"
#include "reconstruction/reconstruction.h"

namespace ahap {

// A detection whose person somebody should look at, and why: one of these or several.
struct Doubt {
  int detection = 0;             // index into the frame's detections
  std::optional<int> runner_up;  // who it is in the next best way to tell the people apart, which is nearly
                                 // as likely: a person's id, kNobody, or another number for somebody new
  std::optional<PhotoFit> fit;   // the body lies far beside what the photo shows
  bool guessed = false;          // the photo has no camera pose, so nothing ties it to the other photos
};

// The worst first. What is locked or left out is in no doubt. `frame` is an index into the reconstruction's
// frames.
std::vector<Doubt> doubts(const Reconstruction& reconstruction, int frame);

// "may be Person 1; the body lies 34 cm beside the person"
std::string doubt_text(const Reconstruction& reconstruction, const Doubt& doubt);

}  // namespace ahap

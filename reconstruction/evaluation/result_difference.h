#pragma once

#include <optional>

#include "reconstruction/reconstruction.h"

namespace ahap {

// How far two results of the same pictures lie apart, without a truth. Worlds are brought together by their
// cameras (align_trajectories), so that a difference of scale shows in `scale` alone.
struct ResultDifference {
  int cameras = 0;                 // views that have one in both
  std::optional<double> rotation;  // mean angle between relative rotations of two cameras, radians
  std::optional<double> centres;   // mean distance of camera centres, metres of `first`; of three or more
  std::optional<double> focal;     // mean |log(f / f')| of a camera
  std::optional<double> scale;     // of the world of `second`, in that of `first`: 1.1 is 10 % larger
  int people = 0;                  // who stand within a metre of somebody in the other
  std::optional<double> joints;    // mean distance of their joints, metres of `first`
};

// Of the first frame of each. Views are matched by their names.
ResultDifference difference_of(const Reconstruction& first, const Reconstruction& second);

}  // namespace ahap

#pragma once

#include <Eigen/Geometry>
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
  // Share of the boxes of both around which both have the same person under the best naming of people
  // (IDF1); a box that one of them lacks is none of these.
  std::optional<double> identities;
};

// Of the first frame of each. Views are matched by their names.
ResultDifference difference_of(const Reconstruction& first, const Reconstruction& second);

// The motion along the floor and about the vertical that brings the cameras of `second` as near to those of
// `first` as they come: results differ in these by chance, and keep their floor, upright and size. Nothing
// without a camera that is in both, and where these lie so differently that none is near another's place.
std::optional<Eigen::Isometry3d> motion_along_floor(const Reconstruction& first,
                                                    const Reconstruction& second);

}  // namespace ahap

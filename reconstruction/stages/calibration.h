#pragma once

#include <vector>

#include "reconstruction/multiview/camera_refinement.h"
#include "reconstruction/networks/square_input.h"
#include "reconstruction/stages/branch_observations.h"
#include "reconstruction/stages/cameras.h"
#include "reconstruction/view.h"

namespace ahap {

// What the scene branch says, with the focal lengths that the pictures themselves tell; metric depth
// estimated for another one moves with it, unless it shares its scale with the cameras' positions.
SceneEstimate with_known_focal_lengths(SceneEstimate scene, const std::vector<View>& views,
                                       const std::vector<SquarePlacement>& placements);

constexpr double kKnownFocalSigma = 0.01;  // relative, of a focal length that the picture itself tells

// What the straight edges of the pictures say of gravity, focal lengths and headings (geometry/manhattan.h),
// in place of what the branches said before. Metric depth and people's distances move with the focal lengths.

// Each view alone, people left out. Views without enough edges stay as they are.
void calibrate_from_vanishing_points(const std::vector<View>& views,
                                     const std::vector<SquarePlacement>& placements,
                                     BranchObservations& seen);

// Once more, with the Manhattan yaw in mind that these cameras agree on (cameras.manhattan_yaw), and the
// cameras refined from there. `person`: of each of seen.people, -1 for nobody.
RefinedCameras recalibrate_with_consensus(const RefinedCameras& cameras, const std::vector<int>& person,
                                          BranchObservations& seen);

}  // namespace ahap

#pragma once

#include <vector>

#include "reconstruction/body_layer/smpl.h"
#include "reconstruction/branches/human_branch.h"
#include "reconstruction/branches/scene_branch.h"
#include "reconstruction/multiview/camera_refinement.h"
#include "reconstruction/networks/square_input.h"
#include "reconstruction/view.h"

namespace ahap {

// A picture that tells its own focal length is believed; metric depth estimated for another one moves with
// it, unless it shares its scale with the cameras' positions.
void use_known_focal_lengths(const std::vector<View>& views, const std::vector<SquarePlacement>& placements,
                             SceneEstimate& scene);

// Whether a view's focal length is its picture's own; then it moves little from there.
bool focal_known(const SceneEstimate& scene, int view);
constexpr double kKnownFocalSigma = 0.01;  // relative

// Takes new intrinsics (one per view) into scene.K. Metric depth and people's distances were computed with
// those before and move with the focal lengths.
void use_intrinsics(SceneEstimate& scene, HumanEstimate& human, const std::vector<Eigen::Matrix3d>& K);

// What the straight edges of the pictures say of gravity, focal lengths and headings (geometry/manhattan.h),
// in place of what scene and human branch said before. Metric depth and people's distances move with the
// focal lengths.

// Each view alone, people left out. Views without enough edges stay as they are.
void calibrate_from_vanishing_points(const std::vector<View>& views,
                                     const std::vector<SquarePlacement>& placements, SceneEstimate& scene,
                                     HumanEstimate& human);

// Once more, with the room in mind that these cameras agree on (cameras.manhattan_yaw), and the cameras
// refined from there. `person`: of each detection.
RefinedCameras recalibrate_with_consensus(const RefinedCameras& cameras, const std::vector<int>& person,
                                          SceneEstimate& scene, HumanEstimate& human, const Smpl& body,
                                          int S);

}  // namespace ahap

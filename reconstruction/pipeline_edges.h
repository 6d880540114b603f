#pragma once

#include <vector>

#include "reconstruction/alignment/camera_refinement.h"
#include "reconstruction/body/smpl.h"
#include "reconstruction/human/human_branch.h"
#include "reconstruction/networks/square_input.h"
#include "reconstruction/scene/scene_branch.h"
#include "reconstruction/view.h"

namespace ahap {

// What the straight edges of the pictures say of gravity, focal lengths and headings (alignment/manhattan.h), in place of
// what scene and human branch said before. Metric depth and people's distances move with the focal lengths.

// Each view alone, people left out. Views without enough edges stay as they are.
void look_at_edges(const std::vector<View>& views, const std::vector<SquarePlacement>& placements, SceneEstimate& scene,
                   HumanEstimate& human);

// Once more, with the room in mind that these cameras agree on (cameras.room_yaw), and the cameras refined from there.
// `person`: of each detection.
RefinedCameras look_again_at_edges(const RefinedCameras& cameras, const std::vector<int>& person, SceneEstimate& scene,
                                   HumanEstimate& human, const Smpl& body, int S);

}  // namespace ahap

#pragma once

#include "reconstruction/mesh.h"
#include "reconstruction/stages/bodies.h"

namespace ahap {

// Every view's depth map as points coloured by its picture, at most max_points, in the cameras' world. Where
// a body that the view saw covers a pixel, the point is that person's and lies on the body, unless the depth
// map has something well in front of it. `person`: of each detection, 0-based, -1 for nobody; `ids`: the
// result's id of each person.
PointCloud scene_points(const SceneEstimate& scene, const HumanEstimate& human,
                        const std::vector<int>& person, const std::vector<int>& ids, const Bodies& bodies,
                        const Smpl& body, const CameraEstimates& cameras, const SceneScales& scales,
                        const std::vector<View>& views, const std::vector<SquarePlacement>& placements,
                        int max_points, const Progress& progress);

}  // namespace ahap

#pragma once

#include <vector>

#include "reconstruction/geometry/ground.h"
#include "reconstruction/networks/square_input.h"
#include "reconstruction/reconstruction.h"
#include "reconstruction/stages/bodies.h"
#include "reconstruction/view.h"

namespace ahap {

// Gravity, floor and origin of the result's world.
WorldFrame find_world(const CameraEstimates& cameras, const SceneEstimate& scene, const Bodies& bodies,
                      const PointCloud& points);

// The plain values of the result, turned into the world; person ids by support.
void write_result(Reconstruction& result, const std::vector<View>& views,
                  const std::vector<SquarePlacement>& placements, const HumanEstimate& human,
                  const Identities& identities, const CameraEstimates& cameras, const Bodies& bodies,
                  PointCloud points, const WorldFrame& world, const Smpl& body);

std::vector<Triangle> triangles_of(const Smpl& body);

// Persons' ids, 1-based, ordered by detection support: id of each row of identities.A.
std::vector<int> person_ids(const Identities& identities, const HumanEstimate& human);

}  // namespace ahap

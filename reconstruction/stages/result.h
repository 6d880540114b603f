#pragma once

#include <vector>

#include "reconstruction/geometry/ground.h"
#include "reconstruction/networks/square_input.h"
#include "reconstruction/reconstruction.h"
#include "reconstruction/stages/cameras.h"
#include "reconstruction/stages/person_track.h"
#include "reconstruction/view.h"

namespace ahap {

// Gravity, floor and origin of the result's world.
WorldFrame find_world(const BranchObservations& seen, const Cameras& cameras,
                      const std::vector<PersonTrack>& tracks, const PointCloud& points);

// What a result is written from, in the cameras' world.
struct ResultSources {
  const std::vector<View>& views;
  const std::vector<SquarePlacement>& placements;
  const BranchObservations& seen;
  const Cameras& cameras;
  const std::vector<PersonTrack>& tracks;
  const Smpl& body;
};

// Adds the plain values of one frame to the result, turned into the world.
void write_result(const ResultSources& sources, PointCloud points, const WorldFrame& world,
                  Reconstruction& result);

std::vector<Triangle> triangles_of(const Smpl& body);

}  // namespace ahap

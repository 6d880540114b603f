#pragma once

#include <vector>

#include "reconstruction/mesh.h"
#include "reconstruction/networks/square_input.h"
#include "reconstruction/progress.h"
#include "reconstruction/stages/bodies.h"
#include "reconstruction/view.h"

namespace ahap {

// What the scene's points are made of.
struct PointSources {
  const std::vector<View>& views;
  const std::vector<SquarePlacement>& placements;
  const BranchObservations& seen;
  const torch::Tensor& masks;  // HumanEstimate::mask
  const std::vector<PersonTrack>& tracks;
  const Cameras& cameras;
  SceneScales scales;
  std::vector<Triangle> triangles;  // of the bodies
  int max_points = 0;
};

// Every view's depth map as points coloured by its picture, at most max_points, in the cameras' world. Where
// a body that the view saw covers a pixel, the point is that person's and lies on the body, unless the depth
// map has something well in front of it.
PointCloud scene_points(const PointSources& sources, const Progress& progress);

}  // namespace ahap

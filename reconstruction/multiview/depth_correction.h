#pragma once

#include <Eigen/Core>
#include <vector>

#include "reconstruction/camera.h"

namespace ahap {

// One view's depth along the optical axis on a grid, rows first; 0: unknown. The centre of the first cell is
// (0.5, 0.5).
struct DepthGrid {
  int width = 0, height = 0;
  std::vector<float> depth;  // metres

  std::size_t at(int x, int y) const { return std::size_t(y) * width + x; }
};

// A depth that is known better than the network knows it.
struct DepthAnchor {
  int x = 0, y = 0;   // cell
  double depth = 0;   // metres
  double weight = 1;  // larger is more certain
};

// A monocular network's depth is right in its shape and off in its scale: it is brought to what is known in
// metres by one change of scale and of contrast (a line in the logarithm of depth), then by a correction that
// varies smoothly over the picture and fades where nothing is known. Robust: anchors that something hides
// count little. Without anchors the depth stays as it is.
void correct_depth(DepthGrid& grid, const std::vector<DepthAnchor>& anchors);

// Puts cells that show the floor, the plane up . X = height in the camera's world, on it: those whose depth
// and slope are nearly the floor's.
void flatten_floor(DepthGrid& grid, const Camera& camera, const Eigen::Vector3d& up, double height);

// Cells that show the floor, the plane up . X = height in the camera's world: where the grid itself is within
// 30 percent of it.
std::vector<DepthAnchor> floor_anchors(const DepthGrid& grid, const Camera& camera, const Eigen::Vector3d& up,
                                       double height);

}  // namespace ahap

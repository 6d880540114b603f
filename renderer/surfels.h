#pragma once

#include <span>
#include <vector>

#include "reconstruction/camera.h"
#include "reconstruction/mesh.h"

namespace ahap {

// The surface of which each point of a cloud is a sample, as a disc (Pfister et al. 2000).
struct Surfels {
  std::vector<Eigen::Vector3f> normals;  // world, length 1, towards the camera that saw the point; 0: unknown
  std::vector<float> diameters;          // metres, of discs that leave no holes between neighbours
};

// From the point's neighbours in the picture of the camera that saw it. cameras: one for each value of
// points.view.
Surfels surfels_of(const PointCloud& points, std::span<const Camera> cameras);

}  // namespace ahap

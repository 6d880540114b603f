#pragma once

#include <span>
#include <vector>

#include "reconstruction/camera.h"
#include "reconstruction/mesh.h"

namespace ahap {

// Which way the surface under each point faces (world, length 1, towards the camera that saw it), from the
// point's neighbours in that camera's picture. Zero for a point without neighbours. cameras: one for each
// value of points.view.
std::vector<Eigen::Vector3f> point_normals(const PointCloud& points, std::span<const Camera> cameras);

}  // namespace ahap

#pragma once

#include <span>
#include <vector>

#include "reconstruction/mesh.h"
#include "reconstruction/reconstruction.h"

namespace ahap {

// How much light bodies leave to each point of a scene that is lit from all sides, 0..1: ambient occlusion by
// spheres about the joints, so that feet stand on the floor instead of floating before it. normals: those of
// the points, length 1, or 0 where unknown.
std::vector<float> light_beside_bodies(const PointCloud& points, std::span<const Eigen::Vector3f> normals,
                                       std::span<const PersonInFrame> people);

}  // namespace ahap

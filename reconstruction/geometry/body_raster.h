#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <span>
#include <vector>

#include "reconstruction/camera.h"
#include "reconstruction/mesh.h"

namespace ahap {

// What a camera would see if there were nothing but the bodies.
struct BodyRaster {
  int width = 0, height = 0;
  std::vector<float>
      depth;  // height x width, row-major, along the optical axis at pixel centres, metres; 0: nobody
  std::vector<int> body;  // the nearest body there, -1: nobody
};

// bodies: vertices of each, in the camera's world; triangles are common to all. Those that reach behind the
// camera are left out.
BodyRaster rasterize_bodies(const Camera& camera, std::span<const std::vector<Eigen::Vector3d>> bodies,
                            std::span<const Triangle> triangles);

}  // namespace ahap

#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "reconstruction/image.h"
#include "reconstruction/mesh.h"
#include "reconstruction/multiview/depth_correction.h"

namespace ahap {

// What one view adds to the point cloud.
struct DepthView {
  int view = 0;   // index that points carry
  Camera camera;  // of the grid's cells; world: metres
  DepthGrid grid;
  std::vector<float> confidence;         // of each cell, 0..1
  std::vector<std::uint8_t> person;      // of each cell: the id of whom it shows, 0: the scene
  const Image* picture = nullptr;        // colours
  double picture_scale = 1;              // cells per pixel of the picture
  Eigen::Vector2d picture_offset{0, 0};  // cell = picture_scale * pixel + picture_offset
};

// All views' depth as coloured points, at most max_points. Left out: cells where depth leaps or the camera
// looks along the surface, and points that another view looks through and none confirms.
PointCloud point_cloud(const std::vector<DepthView>& views, int max_points,
                       const std::function<void(double)>& progress = {});

}  // namespace ahap

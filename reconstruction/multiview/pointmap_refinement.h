#pragma once

#include <Eigen/Core>
#include <Eigen/Geometry>
#include <span>
#include <vector>

#include "reconstruction/multiview/pointmap_alignment.h"

namespace ahap {

// Side of the squares of pixels whose depths move together, pixels.
constexpr int kAnchorStep = 8;

inline int anchor_columns(int width) {
  return (width + kAnchorStep - 1) / kAnchorStep;
}

// A view on its way into the common world: x_world = R (scale x) + t for the points of its canonical map.
struct PlacedView {
  PointmapView picture;
  std::span<const Eigen::Vector3f> points;  // of every pixel, camera axes
  bool placed = false;
  Eigen::Isometry3d world_from_camera = Eigen::Isometry3d::Identity();
  double scale = 1;
  double focal = 0;               // pixels
  std::vector<double> log_depth;  // of each anchor, row by row: logarithm of the factor on its pixels' depths

  std::size_t pixel(int x, int y) const {
    return std::size_t(y) * std::size_t(picture.width) + std::size_t(x);
  }
  std::size_t anchor(int x, int y) const {
    return std::size_t(y / kAnchorStep) * std::size_t(anchor_columns(picture.width)) +
           std::size_t(x / kAnchorStep);
  }
};

// Matches of an ordered pair of placed views.
struct MatchedViews {
  int first = 0, second = 0;
  std::vector<PixelMatch> matches;
};

// Points of an ordered pair without good matches, as pairs of what should be one point: in the frame of the
// first camera as the network has it, in the unit of its canonical map, and in the second's own.
struct RegressedViews {
  int first = 0, second = 0;
  std::vector<Eigen::Vector3d> of_first, of_second;
};

// Poses, scales, focal lengths and depths of anchors of the placed views, in place. The view `root` keeps its
// pose and scale. The world's unit should be about the scene's depth. A solver that finds nothing leaves the
// views as they are.
void refine_pointmaps(std::vector<PlacedView>& views, int root, const std::vector<MatchedViews>& matched,
                      const std::vector<RegressedViews>& regressed);

}  // namespace ahap

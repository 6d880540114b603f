#pragma once

#include <Eigen/Core>
#include <optional>
#include <span>

#include "reconstruction/geometry/triangulation.h"

namespace ahap {

// Equations 14 and 15: the scene's depth is brought to the people's metres, and everybody is placed in the
// common world.

// Depth along the optical axis on a grid, row-major; 0 or not finite: unknown. The centre of the first cell
// is (0.5, 0.5).
struct DepthMap {
  int width = 0, height = 0;
  std::span<const float> depth;
};

// Median of the known depths in the (2 radius + 1)^2 cells around a place on the grid; nothing where none is
// known.
std::optional<double> median_depth(const DepthMap& map, const Eigen::Vector2d& place, int radius = 1);

// One detection's key point: its depth in the scene branch's unit (nothing when unknown) and in metres.
struct DepthPair {
  std::optional<double> scene;
  double human = 0;  // metres
};

struct SceneScale {
  double scene_per_metre = 1;  // s = median z_scene / z_human (equation 14)
  int used = 0;                // detections it rests on; 0: the scale is unknown and stays 1

  double metres_per_scene_unit() const { return 1 / scene_per_metre; }
};

SceneScale scene_scale(std::span<const DepthPair> pairs);

// Where a person's key point is in the world.
struct PersonPosition {
  Eigen::Vector3d keypoint = Eigen::Vector3d::Zero();
  Triangulation triangulation;  // says why not, where it failed; its residual counts the views it kept
  bool triangulated = false;    // else from the single view's depth
};

// Equation 15: the triangulated key point; with three or more views one that contradicts the others may be
// left out. Where that fails, the key point at `depth` metres along the optical axis of
// observations[reference]. Needs at least one observation.
PersonPosition person_position(std::span<const PointObservation> observations, int reference, double depth,
                               const TriangulationLimits& limits = {});

}  // namespace ahap

#pragma once

#include <Eigen/Core>
#include <optional>
#include <span>

#include "reconstruction/mesh.h"
#include "reconstruction/multiview/human_scene.h"

namespace ahap {

// Where CHROMM places a head (Kim et al., CHROMM, equation 1): at the depth that the scene has at its pixel,
// and a little behind, because the joint lies behind the surface that is seen.

// Depth at a place on the grid, moved into it: bilinear between the four nearest cells, but at an edge (where
// they differ by more than a tenth) that of the nearest one. Nothing where that is unknown.
std::optional<double> surface_depth(const DepthMap& map, const Eigen::Vector2d& place);

// The point at `depth` along the optical axis under a pixel, camera axes.
Eigen::Vector3d point_at_depth(const Eigen::Matrix3d& K, const Eigen::Vector2d& pixel, double depth);

// How far behind the body's own surface a joint lies, along the optical axis, where the camera looks at it:
// metres, 0 or more. Vertices and joint in camera axes; 0 where the mesh does not cover the joint.
double depth_behind_surface(std::span<const Eigen::Vector3d> vertices, std::span<const Triangle> triangles,
                            const Eigen::Vector3d& joint);

}  // namespace ahap

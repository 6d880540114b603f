#pragma once

#include <Eigen/Core>
#include <span>

#include "reconstruction/multiview/geometric_association.h"

namespace ahap {

// CHROMM's fusion of what several views say of a person at one instant.

// A person as one view has it, in the world.
struct ViewState {
  BodyParameters body;                                      // of one kind in all views; the root in the world
  Eigen::Vector3d camera_center = Eigen::Vector3d::Zero();  // metres
  Eigen::Vector3d head = camera_center;  // where this view places it, on the ray through its pixel; metres
};

struct FusedState {
  BodyParameters body;
  Eigen::Vector3d head = Eigen::Vector3d::Zero();
  bool triangulated = false;  // else the mean of the views' heads
};

// Shapes are averaged, every joint's rotation and the root's by the mean of rotations nearest to all
// (fuse_bodies). The head is the point nearest to all rays, each with the same weight; where the rays are
// almost parallel, as one alone is, or where it is behind a camera, the mean of the views' heads.
// Needs at least one view.
FusedState fuse_views(std::span<const ViewState> views);

}  // namespace ahap

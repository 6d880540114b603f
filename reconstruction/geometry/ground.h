#pragma once

#include <Eigen/Core>
#include <Eigen/Geometry>
#include <optional>
#include <span>
#include <vector>

#include "reconstruction/reconstruction.h"

namespace ahap {

// Which way is up, where the floor is, and the world frame that follows from it.

// An up direction with its standard deviation per axis.
struct UpEstimate {
  Eigen::Vector3d up = Eigen::Vector3d::UnitY();  // unit vector, in the frame of what it was estimated from
  double sigma = 0;                               // radians
};

// From bodies (24 SMPL joints each): standing and walking people are upright on average. A body counts when
// its legs and trunk are about in one line; bodies that lie or bend against the others are left out. Nothing
// when nobody stands.
std::optional<UpEstimate> up_from_people(std::span<const std::vector<Eigen::Vector3d>> bodies,
                                         std::span<const double> weights = {});

// From each view's own estimate, in camera axes. Views that contradict most of the others are left out.
std::optional<UpEstimate> up_from_views(std::span<const Eigen::Isometry3d> world_from_camera,
                                        std::span<const UpEstimate> up_in_camera);

// Height of the floor along `up`: the horizontal layer of points next to where the people's feet are; the
// feet alone where no layer stands out; without people the lowest pronounced layer. Nothing without either.
struct Floor {
  double height = 0;         // along up, frame of the points
  bool from_points = false;  // a layer of points confirmed it
};
std::optional<Floor> floor_height(const Eigen::Vector3d& up, std::span<const Eigen::Vector3f> points,
                                  std::span<const std::vector<Eigen::Vector3d>> bodies);

// The normal of the floor: the plane nearly across `up` through most points near `height`; nothing when no
// plane within 15 degrees holds enough of them. Sharpens an up direction that only people told.
std::optional<Eigen::Vector3d> floor_normal(const Eigen::Vector3d& up, double height,
                                            std::span<const Eigen::Vector3f> points);

struct SceneForGround {
  std::vector<Eigen::Isometry3d> world_from_camera;  // cameras with a pose
  int reference = 0;                                 // index into them
  std::vector<UpEstimate> up_in_camera;              // of each of them; empty when no view knows
  std::vector<std::vector<Eigen::Vector3d>> bodies;  // 24 SMPL joints each, metres
  std::vector<double> body_weights;                  // of each; empty: all 1
  std::vector<Eigen::Vector3f> points;               // metres
};

// Our world: Y up, floor at y = 0, origin under the centroid of the people (without people: under the
// reference camera), the reference camera looking along -Z.
struct WorldFrame {
  Eigen::Isometry3d world_from_old = Eigen::Isometry3d::Identity();
  UpSource up_source = UpSource::reference_camera;
  bool floor_found = false;  // false: the floor lies 1.6 m below the reference camera, an assumption
  // Where cameras are known: to their world, in which results are given.
  Eigen::Isometry3d given_from_world = Eigen::Isometry3d::Identity();
};
WorldFrame world_frame(const SceneForGround& scene);

}  // namespace ahap

#pragma once

#include <Eigen/Core>
#include <Eigen/Geometry>
#include <array>
#include <map>
#include <span>
#include <utility>
#include <vector>

namespace ahap {

// The training-free association (Kim et al. 2026): people are the same where their bodies stand and bend
// alike.

// A body at one frame.
struct BodyJoints {
  std::vector<Eigen::Vector3d> world;  // joints in the common world, metres
  std::vector<Eigen::Vector3d>
      canonical;  // same joints with the root rotation and translation zeroed, metres
};

// One person followed in one view; a detection is a tracklet of one frame.
struct Tracklet {
  int view = 0;
  std::map<int, BodyJoints> frames;  // by frame number
};

struct GeometricAssociationOptions {
  double world_weight = 0.8;      // of the distance between joints in the world
  double canonical_weight = 0.2;  // of the distance between root-relative joints
  double max_cost = 0.6;          // metres; matches of higher cost are dropped
  int neighbours = 3;             // views compared with each view: those with the nearest camera centres
};

// Mean over joints and shared frames of the two weighted joint distances, metres; infinity without a shared
// frame.
double association_cost(const Tracklet& a, const Tracklet& b,
                        const GeometricAssociationOptions& options = {});

// Pairs (a < b) of views: each with its k nearest by camera centre.
std::vector<std::pair<int, int>> nearest_view_pairs(std::span<const Eigen::Vector3d> camera_centers, int k);

// Hungarian per view pair of the nearest-neighbour graph, matches above the limit dropped, the rest merged
// cheapest first without ever joining two tracklets of one view. Returns the 0-based person of each tracklet.
std::vector<int> associate_geometrically(std::span<const Tracklet> tracklets,
                                         std::span<const Eigen::Vector3d> camera_centers,
                                         const GeometricAssociationOptions& options = {});

// Shape and pose of a body of any number of joints.
struct BodyParameters {
  std::vector<double> shape;          // betas, for SMPL-X followed by the expression
  std::vector<Eigen::Vector3d> pose;  // axis-angle of every joint, radians; the root's in the world
};

// One body from a person's views: shapes averaged, every joint's rotation averaged as a quaternion. Rotations
// without a unique mean are taken from the first body. Bodies are of one kind. weights empty: all 1.
BodyParameters fuse_bodies(std::span<const BodyParameters> bodies, std::span<const double> weights = {});

}  // namespace ahap

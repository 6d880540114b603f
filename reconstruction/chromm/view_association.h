#pragma once

#include <Eigen/Core>
#include <span>
#include <utility>
#include <vector>

#include "reconstruction/multiview/geometric_association.h"

namespace ahap {

// CHROMM's association of the views' tracks (equation 4). Cost and weights are those of
// multiview/geometric_association.h.

// Pairs (a < b) of views that are compared: each with its k nearest by mean camera centre, and where that
// leaves groups apart, their shortest connections.
std::vector<std::pair<int, int>> connected_view_pairs(std::span<const Eigen::Vector3d> camera_centers, int k);

struct ViewAssociationOptions {
  int neighbours = 3;           // views that each view is compared with
  double max_cost = 0.5;        // metres; matches of this cost and more are dropped after the assignment
  int least_shared_frames = 5;  // of two tracks, or all frames where there are fewer
};

// The person of each track, numbered by first appearance: per pair of views the assignment of least cost
// (Hungarian; tracks left alone get another one), joined over all pairs from the cheapest on. Tracks of one
// view that share a frame are never one person; others may be. frames: in all.
std::vector<int> associate_tracks(std::span<const Tracklet> tracks,
                                  std::span<const Eigen::Vector3d> camera_centers, int frames,
                                  const ViewAssociationOptions& options = {});

}  // namespace ahap

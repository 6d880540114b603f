#pragma once

#include <Eigen/Core>
#include <Eigen/Geometry>
#include <span>
#include <vector>

#include "reconstruction/multiview/camera_refinement.h"

namespace ahap {

// Where a view could stand instead, the others staying where they are: for a camera that fell into a wrong
// pose, a quarter or half a turn away, on somebody else's evidence.

struct PoseHypothesisOptions {
  double least_similarity = 0.15;  // of two detections that may be laid onto each other
  double place_sigma = 0.1;        // of the distance between two places, relative to their depths
  double shape_sigma =
      0.15;  // metres, of joints about the middle of the body, world axes: how it bends and faces
  double least_share =
      0.4;       // of the agreement where the view stands now, from which on a pose is worth trying
  int most = 6;  // poses, of all views
};

struct PoseHypothesis {
  int view = 0;
  Eigen::Isometry3d world_from_camera = Eigen::Isometry3d::Identity();
  double agreement =
      0;  // of the people in it with those in the other views, against where the view stands now
};

// Where a detection's key point is by its own view alone, world: the depth was estimated with the view's
// focal length and moves with that of K.
Eigen::Vector3d seen_place(const PeopleView& view, const PeopleDetection& detection, const Eigen::Matrix3d& K,
                           const Eigen::Isometry3d& world_from_camera);

// The poses, but those they have, in which views agree best, best first. A view keeps its tilt, turns about
// the vertical, and is moved so that one of its people stands where a similar one stands in another view;
// agreement is the sum over its people of similarity times exp(-d^2 / 2) with the most agreeing detection of
// the other views, d the distance of places and shapes in standard deviations. similarity: N x N, symmetric,
// 0..1, of looks. The detections' `person` is not read.
std::vector<PoseHypothesis> alternative_poses(std::span<const PeopleView> views,
                                              std::span<const PeopleDetection> detections,
                                              const Eigen::MatrixXd& similarity,
                                              const RefinedCameras& cameras,
                                              const PoseHypothesisOptions& options = {});

}  // namespace ahap

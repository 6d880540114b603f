#pragma once

#include <Eigen/Core>
#include <Eigen/Geometry>
#include <array>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "reconstruction/multiview/cameras_from_people.h"
#include "reconstruction/multiview/joint_accuracy.h"

namespace ahap {

// Bundle adjustment over people: cameras and everybody's 24 joints together, so that the joints project where
// they were seen and the bodies stand, turn and bend as the single views say.

struct CameraRefinementOptions {
  int keypoint_joint = 0;  // SMPL joint the key point is (0 pelvis, 15 head)
  // Of detections that bring no standard deviations of their own:
  std::array<double, kSmplJoints> joints2d_sigma = kJoints2dSigma;  // metres at the body's depth, per axis
  double keypoint_sigma = 0.008;  // of the key point, share of the longer picture side
  double shared2d_sigma =
      0.009;  // common to the 2D joints of one body in one view, share of the longer picture side
  bool depth_follows_focal =
      true;  // the estimated depths were computed with K's focal length and change with it
  double shape_sigma =
      0.3;  // of a joint as the single view sees it, as a share of its distance from the key point
  double turn_sigma = 0.3;   // radians per axis, of a body's orientation as the single view sees it
  int starts = 3;            // of the hypotheses offered, how many are followed to the end
  int last_iterations = 40;  // of the solver, for those followed to the end; the runs before have 8
  int max_joints = 8000;     // in all hypotheses tried together: of many people, fewer hypotheses are tried
};

struct RefinedCameras {
  std::vector<Eigen::Matrix3d> K;  // of each view
  std::vector<Eigen::Isometry3d>
      world_from_camera;        // of each view; world: Y up, the reference camera stays at its place
  std::vector<bool> estimated;  // of each view, as it came in
  std::vector<std::vector<Eigen::Vector3d>>
      joints;                            // [person][24], world; empty for people not seen in two views
  std::vector<bool> used;                // of each detection: agrees with the others and took part
  std::vector<bool> left_right_swapped;  // of each detection: its left is the person's right
  int reference_view = 0;
  std::optional<double>
      manhattan_yaw;     // of the room that two views or more see, radians in the world, up to quarter turns
  int start = 0;         // the hypothesis it grew from
  double evidence = 0;   // for the identities: by how much the detections that agree are likelier as one
                         // person than as different people, logarithm of a likelihood ratio
  bool refined = false;  // false: the first hypothesis is returned as it came
  std::string reason;    // why not refined, for a person
};

// Cameras as they were given, with K as estimated; nobody's joints.
RefinedCameras unrefined_cameras(std::span<const PeopleView> views,
                                 std::span<const Eigen::Isometry3d> world_from_camera);

// starts: what cameras_from_people returned. People who are seen in one view only take no part. Never throws
// for bad geometry.
RefinedCameras refine_cameras(std::span<const PeopleView> views, std::span<const PeopleDetection> detections,
                              std::span<const CamerasFromPeople> starts,
                              const CameraRefinementOptions& options = {});

}  // namespace ahap

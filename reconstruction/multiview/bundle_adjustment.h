#pragma once

#include <Eigen/Core>
#include <Eigen/Geometry>
#include <array>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "reconstruction/camera.h"
#include "reconstruction/multiview/joint_accuracy.h"
#include "reconstruction/smpl_joints.h"

namespace ahap {

// Bundle adjustment of a finished reconstruction: cameras, people's places and people's poses together, so
// that the bodies' joints project where the views saw them and nothing moves further from what the networks
// said than needed.

struct AdjustedView {
  Camera camera;                // as estimated, and the result
  Eigen::Vector3d up{0, 1, 0};  // against gravity, camera axes, unit
  double up_sigma = 0.05;       // radians, per axis
  double focal_sigma = 0.05;    // relative, of K's focal lengths; 0: they are exact
  double turn_sigma = 0.1;      // radians per axis, of the camera's orientation as it came in
  double center_sigma = 0.6;    // metres per axis, of its centre, likewise
  // By what angle about the world's Y axis the camera is turned too far for the axes of the room that several
  // views see (geometry/manhattan.h), radians; the room's own yaw is found on the way.
  std::optional<double> yaw_residual;
  double room_sigma = 0.02;  // radians, of it
};

// One person seen in one view.
struct JointObservation {
  int view = 0;
  std::vector<Eigen::Vector2d> joints2d;  // 24, pixels; not finite: not seen
  std::vector<double> joints2d_sigma;     // 24, pixels per axis, not positive: not seen; empty: unknown
  double depth = 0;                       // of the key point along the optical axis, metres; 0: unknown
  double depth_sigma = 0;                 // relative; 0: unknown
  std::optional<std::array<Eigen::Matrix3d, kSmplJoints>> rotations;  // as this view alone sees the pose; the
                                                                      // pelvis' in camera axes
};

struct AdjustedPerson {
  std::array<Eigen::Vector3d, kSmplJoints> rest_joints;  // of the person's shape, metres
  std::array<Eigen::Matrix3d, kSmplJoints>
      rotations;                    // relative to the parent, the pelvis in the world; also the result
  Eigen::Vector3d pelvis{0, 0, 0};  // world; also the result
  std::vector<JointObservation> observations;
};

struct BundleAdjustmentOptions {
  int keypoint_joint = 0;  // SMPL joint the key point is (0 pelvis, 15 head)
  std::array<double, kSmplJoints> joints2d_sigma =
      kJoints2dSigma;         // where unknown, metres at the body's depth, per axis
  double joints2d_slack = 4;  // times that: errors of one body in one view hang together
  double shared2d_sigma =
      0.009;  // common to the 2D joints of one body in one view, share of the longer picture side
  double depth_sigma =
      0.07;  // relative, of a observation's depth at the view's estimated focal length, where unknown
  double pose_sigma = 0.35;  // radians per axis, of a joint's rotation as one view sees it
  double turn_sigma = 0.45;  // radians per axis, of the pelvis' rotation, likewise
  double decoded_share =
      0.3;         // of these sigmas, for the rotations as they came in: all views' evidence is in them
  int rounds = 3;  // of weighing the measurements anew
};

struct BundleAdjustment {
  bool adjusted = false;  // false: nothing was changed
  std::string reason;     // why not, for a person
  double cost_before = 0, cost_after = 0;
};

// Changes cameras and people in place. The place of view `fixed_view` is kept, so the world stays where it
// is. People without a observation keep their places. Never throws for bad geometry.
BundleAdjustment adjust_bundle(std::span<AdjustedView> views, std::span<AdjustedPerson> people,
                               int fixed_view, const BundleAdjustmentOptions& options = {});

// Forward kinematics: where the joints of a person are in the world.
std::array<Eigen::Vector3d, kSmplJoints> posed_joints(const AdjustedPerson& person);

}  // namespace ahap

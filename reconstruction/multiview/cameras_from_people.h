#pragma once

#include <Eigen/Core>
#include <Eigen/Geometry>
#include <optional>
#include <span>
#include <vector>

#include "reconstruction/geometry/manhattan.h"
#include "reconstruction/smpl_joints.h"

namespace ahap {

// Cameras in closed form from matched people: each camera is turned level by its own up vector, and two level
// cameras differ by a yaw and a translation, which the people both of them see fix.

// What is known of one view before any relation to other views.
struct PeopleView {
  Eigen::Matrix3d K = Eigen::Matrix3d::Identity();  // pixels, as estimated
  int width = 0, height = 0;                        // pixels
  Eigen::Vector3d up{0, -1, 0};                     // unit vector against gravity, camera axes
  double up_sigma = 0.05;                           // radians, per axis
  double focal_sigma = 0.15;                        // relative, of K's focal lengths; 0: they are exact
  std::vector<ManhattanYaw> room;                   // how the view is turned against the room; empty: unknown
};

// One person seen in one view.
struct PeopleDetection {
  int view = 0;
  int person = 0;                       // identity across views, 0-based; negative: unknown, not used
  Eigen::Vector2d keypoint{0, 0};       // primary key point, pixels
  double depth = 0;                     // of the key point along the optical axis, metres
  double depth_sigma = 0.1;             // relative
  std::vector<Eigen::Vector3d> joints;  // 24 SMPL joints, camera frame, metres; may be empty
  std::vector<double> heading;  // probabilities of equal bins of the angle, -pi on, by which the body faces
                                // the picture's right rather than the camera; empty: read off the joints
  std::vector<Eigen::Vector2d> joints2d;  // 24 SMPL joints, pixels; may be empty
  std::vector<double> joints2d_sigma;     // 24, pixels per axis, not positive: not seen; empty: unknown
  double keypoint_sigma = 0;              // pixels per axis; 0: unknown
};

struct CamerasFromPeopleOptions {
  int keypoint_joint = 0;       // SMPL joint the key point is (0 pelvis, 15 head)
  double lateral_sigma = 0.03;  // of a key point across its ray, as a share of its depth
  double heading_sigma = 0.35;  // radians, of a heading read off the joints ...
  double heading_trust =
      0.8;  // ... share of those within that sigma; a tenth of the rest is turned by half a turn
  double heading_floor = 0.05;  // share of headings, however found, that may be anything
  double outlier_distance = 3;  // standard deviations beyond which a match counts as wrong
  double room_sigma = 0.04;     // radians, added to that of a view's heading in the room
  double room_floor = 0.4;      // share of view pairs whose rooms say nothing of each other
  int beam = 8;                 // combinations of camera yaws followed at once
};

struct PoseFromPeople {
  Eigen::Isometry3d world_from_camera = Eigen::Isometry3d::Identity();
  bool estimated =
      false;  // false: no person shared with the others; the pose is a level camera at the origin
  std::vector<int> inliers;  // people whose position here agrees with the other views
};

struct CamerasFromPeople {
  // World: Y up; the reference view stands at the origin and looks along -Z, apart from its tilt.
  std::vector<PoseFromPeople> views;
  int reference_view = 0;  // sees most people that others see, too
  double cost = 0;         // negative logarithm of the likelihood, up to a constant
};

// The most likely hypotheses of the cameras, the best first (at least one, at most options.beam). Robust to
// wrong identities and half-turned bodies: the cost of every yaw is searched exhaustively. One shared person
// needs joints (its heading gives the yaw, up to half a turn); two shared people are enough without.
std::vector<CamerasFromPeople> cameras_from_people(std::span<const PeopleView> views,
                                                   std::span<const PeopleDetection> detections,
                                                   const CamerasFromPeopleOptions& options = {});

}  // namespace ahap

#pragma once

#include <Eigen/Core>
#include <Eigen/Geometry>
#include <array>
#include <optional>
#include <vector>

#include "reconstruction/box.h"

namespace ahap {

// The body points that pose networks locate: COCO's 17 in COCO's order, then feet, knuckles and mouth. Left
// and right are the person's own.
enum BodyPoint : int {
  kNose,
  kLeftEye,
  kRightEye,
  kLeftEar,
  kRightEar,
  kLeftShoulder,
  kRightShoulder,
  kLeftElbow,
  kRightElbow,
  kLeftWrist,
  kRightWrist,
  kLeftHip,
  kRightHip,
  kLeftKnee,
  kRightKnee,
  kLeftAnkle,
  kRightAnkle,
  kLeftHeel,
  kRightHeel,
  kLeftToe,
  kRightToe,
  kLeftIndex,
  kRightIndex,
  kLeftPinky,
  kRightPinky,
  kMouthLeft,
  kMouthRight
};
constexpr int kCocoPoints = 17;
constexpr int kBodyPoints = 27;

// Color histograms of body parts (multiview/appearance.h); a part that is not visible is empty.
struct Appearance {
  std::array<std::vector<float>, 4> parts;  // trunk, thighs, shins, head
};

struct ObservedPoint {
  Eigen::Vector2d pixel{0, 0};  // of the original picture
  double sigma = 0;             // standard deviation per axis, pixels; 0: not observed

  bool observed() const { return sigma > 0; }
};

// One person as one view shows it.
struct PersonObservation {
  int view = 0;
  double score = 0;  // 0..1, that this is a person
  Box box;           // of the visible person, original pixels
  std::array<ObservedPoint, kBodyPoints> points;
  // The body in three dimensions as this view alone suggests it: metres from the middle of the hips, in the
  // axes of a camera that looks along the ray of `ray_pixel` (x right, y down, z away). Directions are good
  // to 10-25 degrees, lengths are not.
  std::array<Eigen::Vector3d, kBodyPoints> landmarks;
  std::array<double, kBodyPoints> visibility{};  // 0..1, of each point
  Eigen::Vector2d ray_pixel{0, 0};               // original pixels
  Appearance appearance;
};

int count_observed(const PersonObservation& person);
double body_size(const PersonObservation& person);  // longer side of the box, pixels

// What is known of one view before any camera is found.
struct ViewObservation {
  int width = 0, height = 0;                        // original pixels
  double focal_length = 0;                          // pixels, where something tells; 0: nothing does
  double focal_sigma = 0.02;                        // relative; a file's 35 mm equivalents are whole numbers
  std::optional<Eigen::Vector3d> up;                // unit, against gravity, camera axes
  double up_sigma = 0;                              // radians
  std::optional<Eigen::Matrix3d> K = std::nullopt;  // calibrated; focal_length is then its own
  bool keeps_K = false;                             // else it is a start and may change
  std::optional<Eigen::Isometry3d> camera_from_world = std::nullopt;  // calibrated, metres
  bool keeps_pose = false;
};

}  // namespace ahap

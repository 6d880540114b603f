#pragma once

#include <Eigen/Core>
#include <Eigen/Geometry>
#include <optional>
#include <string>

namespace ahap {

// What a calibration says of one view's camera.
struct KnownCamera {
  std::string source;                // the name of the calibration's file
  std::optional<Eigen::Matrix3d> K;  // pixels of the view's picture, which shows straight lines straight
  std::optional<Eigen::Isometry3d> camera_from_world;  // axes as in camera.h; unit: the calibration's
};

// What a run does with it.
enum class KnownUse {
  fixed,  // believes it
  start,  // begins with it and adjusts it
  ignore
};
enum class KnownScale {
  automatic,  // metric, unless people would be far too tall or too short
  metric,     // its unit is the metre
  free        // people's size tells its unit
};
struct KnownCameraOptions {
  KnownUse intrinsics = KnownUse::fixed, poses = KnownUse::fixed;
  KnownScale scale = KnownScale::automatic;
};

}  // namespace ahap

#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "tests/values/people_simulation.h"

namespace ahap {

// Angles between estimated and true relative rotations of all pairs of views, degrees.
inline std::vector<double> rotation_errors(const PeopleScene& scene,
                                           const std::vector<Eigen::Isometry3d>& estimated) {
  std::vector<double> errors;
  for (std::size_t a = 0; a < estimated.size(); ++a) {
    for (std::size_t b = a + 1; b < estimated.size(); ++b) {
      const Eigen::Matrix3d truth =
          (scene.cameras[a].world_from_camera.inverse() * scene.cameras[b].world_from_camera).linear();
      const Eigen::Matrix3d guess = (estimated[a].inverse() * estimated[b]).linear();
      errors.push_back(Eigen::AngleAxisd(guess * truth.transpose()).angle() * 180 / M_PI);
    }
  }
  return errors;
}

inline std::vector<Eigen::Isometry3d> poses_of(const CamerasFromPeople& cameras) {
  std::vector<Eigen::Isometry3d> poses;
  for (const auto& view : cameras.views) poses.push_back(view.world_from_camera);
  return poses;
}

inline double median_of(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + values.size() / 2, values.end());
  return values[values.size() / 2];
}

constexpr PeopleNoise kExact = {.range = 0,
                                .root = 0,
                                .joints = 0,
                                .up = 0,
                                .focal = 0,
                                .pixels = 0,
                                .shared_pixels = 0,
                                .outlier_joints = 0,
                                .keypoint_pixels = 0,
                                .dropped = 0};

}  // namespace ahap

#pragma once

#include <Eigen/Geometry>
#include <map>
#include <vector>

#include "reconstruction/motion/background_motion.h"
#include "reconstruction/progress.h"

namespace ahap {

// A camera of which only the background's motion is known.
struct FilmingCamera {
  int width = 0, height = 0;  // pixels
  double focal_length = 0;    // pixels; a start
  double focal_sigma = 0.25;  // relative; 0: the focal length is exact
};

// The way of a camera through a place that stands still. Its frame: the camera's axes in its first picture.
// The unit is not known; distances to the background are about 1.
struct CameraPath {
  std::vector<Eigen::Isometry3d> path_from_camera;  // of each frame; where it has no picture, between others
  std::vector<bool> told;                           // of each frame: the background told the pose
  bool travels = false;            // false: only turning can be seen, all places are the same
  double focal_length = 0;         // pixels
  bool told_focal_length = false;  // it follows from the motion, else it is that of the start
  double error = 0;                // mean distance of the points from where the path has them, pixels
  double agreeing = 0;  // share of the points that are where the path has them, but for some pixels
  std::map<int, Eigen::Vector3d> points;  // by track, where the camera travels; those that are known well

  bool empty() const { return path_from_camera.empty(); }
};

// The pose at this share (0..1) of the way from a to b, evenly turned and moved.
Eigen::Isometry3d pose_between(const Eigen::Isometry3d& a, const Eigen::Isometry3d& b, double share);

// Bundle adjustment of the background: first the camera turns in one place; where that does not explain what
// it sees and another place does, it travels, with every new picture begun from the one before. Points may be
// infinitely far. times: seconds, of each frame. Throws Cancelled on request.
CameraPath find_camera_path(const BackgroundTracks& tracks, const std::vector<double>& times,
                            const FilmingCamera& camera, const Progress& progress = {});

}  // namespace ahap

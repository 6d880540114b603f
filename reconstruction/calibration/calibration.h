#pragma once

#include <Eigen/Core>
#include <Eigen/Geometry>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "reconstruction/calibration/lens_distortion.h"

namespace ahap {

// One camera of a calibration file. Axes and pixels are ours (camera.h), whatever the file's are.
struct CalibratedCamera {
  std::string name;           // as the file has it: of a camera or of a picture, perhaps with folders
  int width = 0, height = 0;  // pixels; 0: the file does not say
  Eigen::Matrix3d K = Eigen::Matrix3d::Identity();
  LensDistortion distortion;
  // World: the file's, turned so that what its format takes for up is Y. Nothing: the file has no pose.
  std::optional<Eigen::Isometry3d> camera_from_world;
};

struct Calibration {
  std::filesystem::path file;             // that was read, the first of several
  std::vector<CalibratedCamera> cameras;  // at least one; names differ
};

// The calibration that a file or folder holds, as the path for read_calibration(); nothing where it holds
// none. Of a folder its own files and those of a COLMAP model in `sparse` or `sparse/0`. Names decide, of
// TOML files also the content. Throws a sentence where a folder holds several. Never reads a whole file.
std::optional<std::filesystem::path> find_calibration(const std::filesystem::path& path);

// Reads COLMAP's cameras and images (text and binary), transforms.json of nerfstudio and instant-ngp,
// EasyMocap's intri.yml with extri.yml, and the TOML files of Pose2Sim and Caliscope. Throws
// std::runtime_error with a sentence that names file and camera.
Calibration read_calibration(const std::filesystem::path& path);

}  // namespace ahap

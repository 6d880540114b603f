#pragma once

#include <charconv>
#include <optional>
#include <string_view>

#include "reconstruction/calibration/calibration.h"

namespace ahap {

// One reader per format; the path is that of find_calibration().
Calibration read_colmap_model(const std::filesystem::path& cameras_file);
Calibration read_transforms(const std::filesystem::path& file);
Calibration read_easymocap(const std::filesystem::path& intrinsics_file);
Calibration read_camera_tables(const std::filesystem::path& toml_file);

// Throws "the calibration FILE cannot be used: WHAT".
[[noreturn]] void refuse_calibration(const std::filesystem::path& file, const std::string& what);

// The whole file; refused where it cannot be read or is too large for what it should be.
std::string calibration_text(const std::filesystem::path& file);

// A finite number without anything around it.
std::optional<double> number_in(std::string_view text);

// A pose from a rotation that is one within rounding; refused else, and where the place is absurd.
Eigen::Isometry3d calibrated_pose(const Eigen::Matrix3d& R, const Eigen::Vector3d& t,
                                  const std::filesystem::path& file, const std::string& camera);

// OpenCV's order k1 k2 p1 p2 k3 k4 k5 k6, of 0, 4, 5 or 8 coefficients; refused else.
LensDistortion opencv_distortion(const std::vector<double>& coefficients, const std::filesystem::path& file,
                                 const std::string& camera);

// Refuses a camera whose intrinsics no picture can have.
void require_usable(const CalibratedCamera& camera, const std::filesystem::path& file);

// OpenCV counts pixels at their centres, we at their corners.
constexpr double kPixelCentre = 0.5;
// Of a file's world with Y down: (x, -y, -z).
Eigen::Matrix3d y_up_from_y_down();

}  // namespace ahap

#include "reconstruction/calibration/calibration.h"

#include <Eigen/SVD>
#include <algorithm>
#include <cmath>
#include <fstream>
#include <set>
#include <stdexcept>

#include "reconstruction/calibration/readers.h"
#include "reconstruction/formats/input_file.h"

namespace ahap {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kLargestText = std::uintmax_t(64) << 20;  // bytes; a rig's file has some kilobytes
constexpr std::size_t kLookedAt = 1 << 16;                         // bytes of a TOML file, to tell what it is
constexpr double kFarthest = 1e9;                                  // units of the file, of a camera's place
constexpr double kRotationTolerance = 1e-3;                        // rounded numbers

// Tables of cameras, or the settings of some program?
bool has_camera_tables(const fs::path& toml) {
  std::ifstream in(toml, std::ios::binary);
  std::string text(kLookedAt, '\0');
  in.read(text.data(), std::streamsize(text.size()));
  text.resize(std::size_t(in.gcount()));
  return text.find("matrix") != std::string::npos && text.find("distortions") != std::string::npos;
}

// The file that stands for the calibration which `file` is part of.
std::optional<fs::path> calibration_of_file(const fs::path& file) {
  const fs::path folder = file.parent_path();
  const std::string name = file.filename().string();
  for (const std::string ending : {".bin", ".txt"}) {
    const bool member = name == "cameras" + ending || name == "images" + ending;
    if (member && is_plain_file(folder / ("cameras" + ending)) && is_plain_file(folder / ("images" + ending)))
      return folder / ("cameras" + ending);
  }
  if (name == "transforms.json") return file;
  if (name == "intri.yml" || name == "extri.yml") return folder / "intri.yml";
  if (file.extension() == ".toml" && has_camera_tables(file)) return file;
  return std::nullopt;
}

std::set<fs::path> calibrations_in(const fs::path& folder) {
  std::set<fs::path> found;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (!is_plain_file(entry.path())) continue;
    if (const auto calibration = calibration_of_file(entry.path())) found.insert(*calibration);
  }
  // The same model, as text and binary.
  if (found.contains(folder / "cameras.bin")) found.erase(folder / "cameras.txt");
  return found;
}

}  // namespace

std::optional<fs::path> find_calibration(const fs::path& path) {
  std::error_code ignored;
  if (!fs::is_directory(path, ignored)) return is_plain_file(path) ? calibration_of_file(path) : std::nullopt;
  for (const fs::path& folder : {path, path / "0", path / "sparse", path / "sparse" / "0"}) {
    const std::set<fs::path> found = calibrations_in(folder);
    if (found.empty()) continue;
    if (found.size() == 1) return *found.begin();
    throw std::runtime_error(path.string() + ": holds several calibrations, " +
                             found.begin()->filename().string() + " and " +
                             std::next(found.begin())->filename().string() + "; give one of these files");
  }
  return std::nullopt;
}

Calibration read_calibration(const fs::path& path) {
  std::error_code ignored;
  if (!fs::exists(path, ignored)) throw std::runtime_error(path.string() + ": does not exist");
  std::optional<fs::path> file = find_calibration(path);
  if (!file && path.extension() == ".json") file = path;
  if (!file && path.extension() == ".toml") file = path;
  if (!file) {
    refuse_calibration(
        path,
        "it is none of those that are read: COLMAP's cameras and images (.txt or .bin), "
        "transforms.json, EasyMocap's intri.yml with extri.yml, TOML of Pose2Sim or Caliscope");
  }
  const std::string ending = file->extension().string();
  Calibration calibration = ending == ".json"   ? read_transforms(*file)
                            : ending == ".toml" ? read_camera_tables(*file)
                            : ending == ".yml"  ? read_easymocap(*file)
                                                : read_colmap_model(*file);
  calibration.file = *file;
  if (calibration.cameras.empty()) refuse_calibration(*file, "it has no cameras");
  std::set<std::string> names;
  for (const CalibratedCamera& camera : calibration.cameras) {
    if (!names.insert(camera.name).second)
      refuse_calibration(*file, "camera " + camera.name + " is there twice");
    require_usable(camera, *file);
  }
  return calibration;
}

void refuse_calibration(const fs::path& file, const std::string& what) {
  throw std::runtime_error("the calibration " + file.string() + " cannot be used: " + what);
}

std::string calibration_text(const fs::path& file) {
  std::ifstream in = open_input_file(file);
  std::error_code error;
  const std::uintmax_t size = fs::file_size(file, error);
  if (!in || error) refuse_calibration(file, "it cannot be read");
  if (size > kLargestText) refuse_calibration(file, "it is larger than any list of cameras");
  std::string text(size, '\0');
  in.read(text.data(), std::streamsize(size));
  text.resize(std::size_t(in.gcount()));
  return text;
}

std::optional<double> number_in(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() || !std::isfinite(value))
    return std::nullopt;
  return value;
}

Eigen::Isometry3d calibrated_pose(const Eigen::Matrix3d& R, const Eigen::Vector3d& t, const fs::path& file,
                                  const std::string& camera) {
  if (!R.allFinite() || !((R.transpose() * R - Eigen::Matrix3d::Identity()).norm() < kRotationTolerance) ||
      !(R.determinant() > 0))
    refuse_calibration(file, "the rotation of camera " + camera + " is none");
  if (!t.allFinite() || !(t.norm() < kFarthest))
    refuse_calibration(file, "the place of camera " + camera + " is absurdly far away");
  const Eigen::JacobiSVD<Eigen::Matrix3d> svd(R, Eigen::ComputeFullU | Eigen::ComputeFullV);
  Eigen::Isometry3d pose = Eigen::Isometry3d::Identity();
  pose.linear() = svd.matrixU() * svd.matrixV().transpose();
  pose.translation() = t;
  return pose;
}

LensDistortion opencv_distortion(const std::vector<double>& c, const fs::path& file,
                                 const std::string& camera) {
  if (c.size() != 0 && c.size() != 4 && c.size() != 5 && c.size() != 8) {
    refuse_calibration(file, "camera " + camera + " has " + std::to_string(c.size()) +
                                 " distortion coefficients; 4, 5 and 8 are read, in OpenCV's order");
  }
  LensDistortion distortion;
  if (c.empty()) return distortion;
  distortion.k = {c[0], c[1], c.size() > 4 ? c[4] : 0, 0, 0, 0};
  distortion.p = {c[2], c[3]};
  if (c.size() == 8) std::copy(c.begin() + 5, c.end(), distortion.k.begin() + 3);
  return distortion;
}

void require_usable(const CalibratedCamera& camera, const fs::path& file) {
  const auto refuse = [&](const std::string& what) {
    refuse_calibration(file, "camera " + camera.name + " " + what);
  };
  constexpr int kLargestSide = 65535;
  if (camera.width < 0 || camera.height < 0 || camera.width > kLargestSide || camera.height > kLargestSide ||
      (camera.width == 0) != (camera.height == 0))
    refuse("has pictures of " + std::to_string(camera.width) + " x " + std::to_string(camera.height) +
           " pixels");
  const Eigen::Matrix3d& K = camera.K;
  const double fx = K(0, 0), fy = K(1, 1);
  constexpr double kLargestFocal = 1e6, kSkew = 1e-3, kAspect = 4;  // pixels; shares of the focal length
  if (!K.allFinite() || !(fx > 1) || !(fy > 1) || !(fx < kLargestFocal) || !(fy < kLargestFocal) ||
      !(fx < kAspect * fy) || !(fy < kAspect * fx))
    refuse("has focal lengths that no lens has");
  if (K(1, 0) != 0 || K(2, 0) != 0 || K(2, 1) != 0 || K(2, 2) != 1 || !(std::abs(K(0, 1)) < kSkew * fx))
    refuse("has a matrix that is not fx 0 cx, 0 fy cy, 0 0 1");
  const double side = camera.width > 0 ? std::max(camera.width, camera.height) : kLargestSide;
  if (!(std::abs(K(0, 2)) < 2 * side) || !(std::abs(K(1, 2)) < 2 * side))
    refuse("has a principal point far outside its pictures");
  const auto finite = [](double c) { return std::abs(c) < 1e4; };
  if (!std::all_of(camera.distortion.k.begin(), camera.distortion.k.end(), finite) ||
      !std::all_of(camera.distortion.p.begin(), camera.distortion.p.end(), finite))
    refuse("has distortion coefficients that no lens has");
}

Eigen::Matrix3d y_up_from_y_down() {
  return Eigen::Vector3d(1, -1, -1).asDiagonal();
}

}  // namespace ahap

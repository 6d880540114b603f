// transforms.json: https://docs.nerf.studio/quickstart/data_conventions.html, and instant-ngp's. World with Z
// up, cameras with OpenGL's axes, pixels as ours.

#include <algorithm>
#include <cmath>
#include <numbers>

#include "reconstruction/calibration/readers.h"
#include "reconstruction/formats/json_file.h"
#include "reconstruction/up_axis.h"

namespace ahap {
namespace {

using Json = JsonReader::Json;

constexpr int kLargestSide = 65535;

// A camera's values stand with its frame or once for all.
class FrameReader {
 public:
  FrameReader(const JsonReader& in, const Json& frame, std::string where)
      : in_(in), frame_(frame), where_(std::move(where)) {}

  CalibratedCamera read() const {
    CalibratedCamera camera;
    camera.name = in_.text(frame_, where_, "file_path");
    if (camera.name.empty()) in_.fail(where_ + ".file_path", "the name of a picture");
    require_perspective(camera.name);
    camera.width = int(number("w", 0, kLargestSide).value_or(0));
    camera.height = int(number("h", 0, kLargestSide).value_or(0));
    read_intrinsics(camera);
    camera.distortion.k = {coefficient("k1"), coefficient("k2"), coefficient("k3"), 0, 0, 0};
    camera.distortion.p = {coefficient("p1"), coefficient("p2")};
    if (coefficient("k4") != 0)
      refuse_calibration(in_.file(),
                         "camera " + camera.name + " has a fourth radial coefficient; three are read");
    camera.camera_from_world = pose(camera.name);
    return camera;
  }

 private:
  const Json* find(const char* name) const {
    for (const Json* object : {&frame_, &in_.root()})
      if (in_.has(*object, name)) return object;
    return nullptr;
  }
  std::optional<double> number(const char* name, double low, double high) const {
    const Json* object = find(name);
    if (!object) return std::nullopt;
    return in_.number(*object, object == &frame_ ? where_ : "", name, low, high);
  }
  double coefficient(const char* name) const { return number(name, -1e4, 1e4).value_or(0); }

  void require_perspective(const std::string& name) const {
    std::string model = "OPENCV";
    if (const Json* object = find("camera_model")) model = in_.text(*object, "", "camera_model");
    const bool fisheye = find("is_fisheye") && in_.flag(*find("is_fisheye"), "", "is_fisheye");
    const auto is = [&](const char* known) { return model == known; };
    if (!fisheye && (is("OPENCV") || is("PINHOLE") || is("SIMPLE_PINHOLE"))) return;
    refuse_calibration(in_.file(), "camera " + name + " has the lens model " + (fisheye ? "fisheye" : model) +
                                       "; OPENCV and PINHOLE are read");
  }

  void read_intrinsics(CalibratedCamera& camera) const {
    constexpr double kLargest = 1e6;
    auto fx = number("fl_x", 1, kLargest), fy = number("fl_y", 1, kLargest);
    const auto from_angle = [&](const char* name, int side) -> std::optional<double> {
      const auto angle = number(name, 1e-3, std::numbers::pi - 1e-3);
      if (!angle || side == 0) return std::nullopt;
      return 0.5 * side / std::tan(0.5 * *angle);
    };
    if (!fx) fx = from_angle("camera_angle_x", camera.width);
    if (!fy) fy = from_angle("camera_angle_y", camera.height);
    if (!fx && !fy) in_.fail(where_ + ".fl_x", "there, or camera_angle_x with w");
    const auto cx = number("cx", -kLargest, kLargest), cy = number("cy", -kLargest, kLargest);
    if ((!cx || !cy) && camera.width == 0) in_.fail(where_ + ".cx", "there, or w and h");
    camera.K << fx.value_or(fy.value_or(0)), 0, cx.value_or(camera.width / 2.0), 0,
        fy.value_or(fx.value_or(0)), cy.value_or(camera.height / 2.0), 0, 0, 1;
  }

  std::optional<Eigen::Isometry3d> pose(const std::string& name) const {
    const Eigen::Matrix4d M = in_.matrix(frame_, where_, "transform_matrix", 4, 4);
    const Eigen::Matrix3d opencv_from_opengl = Eigen::Vector3d(1, -1, -1).asDiagonal();
    const Eigen::Matrix3d R = z_up_from_y_up().transpose() * M.topLeftCorner<3, 3>() * opencv_from_opengl;
    const Eigen::Vector3d centre = z_up_from_y_up().transpose() * M.topRightCorner<3, 1>();
    return calibrated_pose(R, centre, in_.file(), name).inverse();
  }

  const JsonReader& in_;
  const Json& frame_;
  std::string where_;
};

}  // namespace

Calibration read_transforms(const std::filesystem::path& file) {
  const JsonReader in(file, "calibration");
  Calibration calibration;
  const Json& frames = in.array(in.root(), "", "frames");
  for (std::size_t i = 0; i < frames.size(); ++i)
    calibration.cameras.push_back(FrameReader(in, frames[i], "frames[" + std::to_string(i) + "]").read());
  return calibration;
}

}  // namespace ahap

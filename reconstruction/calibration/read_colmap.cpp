// https://colmap.github.io/format.html. Pixels and camera axes are ours; windows show its world with Y down.

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <map>
#include <sstream>

#include "reconstruction/calibration/readers.h"
#include "reconstruction/formats/input_file.h"

namespace ahap {
namespace {

namespace fs = std::filesystem;

static_assert(std::endian::native == std::endian::little, "COLMAP's binary numbers are little endian");

struct LensModel {
  const char* name;
  int parameters;
  bool readable;  // a lens of OpenCV's perspective model
};
// By their numbers in binary files.
constexpr std::array<LensModel, 18> kLensModels = {{{"SIMPLE_PINHOLE", 3, true},
                                                    {"PINHOLE", 4, true},
                                                    {"SIMPLE_RADIAL", 4, true},
                                                    {"RADIAL", 5, true},
                                                    {"OPENCV", 8, true},
                                                    {"OPENCV_FISHEYE", 8, false},
                                                    {"FULL_OPENCV", 12, true},
                                                    {"FOV", 5, false},
                                                    {"SIMPLE_RADIAL_FISHEYE", 4, false},
                                                    {"RADIAL_FISHEYE", 5, false},
                                                    {"THIN_PRISM_FISHEYE", 12, false},
                                                    {"RAD_TAN_THIN_PRISM_FISHEYE", 16, false},
                                                    {"SIMPLE_DIVISION", 4, false},
                                                    {"DIVISION", 5, false},
                                                    {"SIMPLE_FISHEYE", 3, false},
                                                    {"FISHEYE", 4, false},
                                                    {"EUCM", 6, false},
                                                    {"EQUIRECTANGULAR", 2, false}}};
constexpr std::uint64_t kMostCameras = 1'000'000;
constexpr std::size_t kLongestName = 4096;

using Cameras = std::map<std::uint32_t, CalibratedCamera>;  // by id; without names and poses

void require_readable(const LensModel* model, const std::string& name, std::uint32_t id,
                      const fs::path& file) {
  if (model && model->readable) return;
  refuse_calibration(file, "camera " + std::to_string(id) + " has the lens model " + name +
                               "; SIMPLE_PINHOLE, PINHOLE, SIMPLE_RADIAL, RADIAL, OPENCV and FULL_OPENCV are "
                               "read. COLMAP's image_undistorter makes pictures that have one of these");
}

CalibratedCamera camera_of(const LensModel& model, const std::vector<double>& p) {
  CalibratedCamera camera;
  const bool one_focal_length =
      p.size() == 3 || std::strncmp(model.name, "SIMPLE", 6) == 0 || std::strcmp(model.name, "RADIAL") == 0;
  const std::size_t at = one_focal_length ? 1 : 2;  // of the principal point
  camera.K << p[0], 0, p[at], 0, one_focal_length ? p[0] : p[1], p[at + 1], 0, 0, 1;
  const std::vector<double> bends(p.begin() + std::ptrdiff_t(at) + 2, p.end());
  if (one_focal_length) {
    std::copy(bends.begin(), bends.end(), camera.distortion.k.begin());
  } else if (!bends.empty()) {
    camera.distortion.k = {bends[0], bends[1], 0, 0, 0, 0};
    camera.distortion.p = {bends[2], bends[3]};
    std::copy(bends.begin() + 4, bends.end(), camera.distortion.k.begin() + 2);
  }
  return camera;
}

CalibratedCamera named_image(const std::string& name, std::uint32_t camera_id, const Eigen::Quaterniond& q,
                             const Eigen::Vector3d& t, const Cameras& cameras, const fs::path& file) {
  const auto camera = cameras.find(camera_id);
  if (camera == cameras.end())
    refuse_calibration(file, "image " + name + " is of camera " + std::to_string(camera_id) +
                                 ", which the file of the cameras does not have");
  if (!(q.norm() > 0.5 && q.norm() < 2))
    refuse_calibration(file, "the rotation of image " + name + " is none");
  CalibratedCamera image = camera->second;
  image.name = name;
  image.camera_from_world =
      calibrated_pose(q.normalized().toRotationMatrix() * y_up_from_y_down().transpose(), t, file, name);
  return image;
}

// ---- text

class Lines {
 public:
  explicit Lines(const fs::path& file) : file_(file), in_(open_input_file(file)) {
    if (!in_) refuse_calibration(file, "it cannot be read");
  }
  // The next line that says something.
  bool next(std::string& line) {
    while (any(line))
      if (line.find_first_not_of(" \t") != std::string::npos && line[0] != '#') return true;
    return false;
  }
  // The next line, whatever it says.
  bool any(std::string& line) {
    if (!std::getline(in_, line)) return false;
    if (line.ends_with('\r')) line.pop_back();
    ++number_;
    return true;
  }
  [[noreturn]] void fail(const std::string& expected) const {
    refuse_calibration(file_, "line " + std::to_string(number_) + " is not " + expected);
  }

 private:
  fs::path file_;
  std::ifstream in_;
  int number_ = 0;
};

std::vector<double> numbers_of(std::istringstream& words) {
  std::vector<double> numbers;
  for (std::string word; words >> word;) {
    const auto number = number_in(word);
    if (!number) return {};
    numbers.push_back(*number);
  }
  return numbers;
}

Cameras cameras_from_text(const fs::path& file) {
  constexpr const char* kExpected = "CAMERA_ID, MODEL, WIDTH, HEIGHT and the model's parameters";
  Lines lines(file);
  Cameras cameras;
  for (std::string line; lines.next(line);) {
    std::istringstream words(line);
    std::uint32_t id = 0;
    int width = 0, height = 0;
    std::string name;
    if (!(words >> id >> name >> width >> height) || width <= 0 || height <= 0) lines.fail(kExpected);
    const auto model = std::find_if(kLensModels.begin(), kLensModels.end(),
                                    [&](const LensModel& candidate) { return candidate.name == name; });
    require_readable(model == kLensModels.end() ? nullptr : &*model, name, id, file);
    const LensModel& lens = *model;
    const std::vector<double> parameters = numbers_of(words);
    if (int(parameters.size()) != lens.parameters) lines.fail(kExpected);
    CalibratedCamera camera = camera_of(lens, parameters);
    camera.width = width;
    camera.height = height;
    cameras[id] = camera;
  }
  return cameras;
}

std::vector<CalibratedCamera> images_from_text(const fs::path& file, const Cameras& cameras) {
  Lines lines(file);
  std::vector<CalibratedCamera> images;
  for (std::string line; lines.next(line);) {
    std::istringstream words(line);
    std::array<double, 7> pose{};
    std::uint32_t image_id = 0, camera_id = 0;
    words >> image_id;
    for (double& number : pose) {
      std::string word;
      words >> word;
      const auto value = number_in(word);
      if (!value) lines.fail("IMAGE_ID, QW, QX, QY, QZ, TX, TY, TZ, CAMERA_ID, NAME");
      number = *value;
    }
    std::string name;
    if (!(words >> camera_id >> std::ws) || !std::getline(words, name) || name.size() > kLongestName)
      lines.fail("IMAGE_ID, QW, QX, QY, QZ, TX, TY, TZ, CAMERA_ID, NAME");
    images.push_back(named_image(name, camera_id, {pose[0], pose[1], pose[2], pose[3]},
                                 {pose[4], pose[5], pose[6]}, cameras, file));
    lines.any(line);  // the points that the image shows
  }
  return images;
}

// ---- binary

class Bytes {
 public:
  explicit Bytes(const fs::path& file) : file_(file), in_(open_input_file(file)) {
    std::error_code error;
    left_ = fs::file_size(file, error);
    if (!in_ || error) refuse_calibration(file, "it cannot be read");
  }
  template <typename Value>
  Value take() {
    Value value;
    require(sizeof value);
    in_.read(reinterpret_cast<char*>(&value), sizeof value);
    return value;
  }
  std::string take_name() {
    std::string name;
    for (char c = take<char>(); c != '\0'; c = take<char>()) {
      if (name.size() == kLongestName) refuse_calibration(file_, "it holds a name without an end");
      name += c;
    }
    return name;
  }
  // Items of so many bytes each.
  void skip(std::uint64_t count, std::uint64_t size) {
    if (count > left_ / size) require(left_ + 1);
    require(count * size);
    in_.seekg(std::streamoff(count * size), std::ios::cur);
  }
  std::uint64_t take_count() {
    const auto count = take<std::uint64_t>();
    if (count > kMostCameras || count > left_) refuse_calibration(file_, "it claims absurdly many entries");
    return count;
  }

 private:
  void require(std::uint64_t bytes) {
    if (bytes > left_) refuse_calibration(file_, "it ends too early");
    left_ -= bytes;
  }

  fs::path file_;
  std::ifstream in_;
  std::uint64_t left_ = 0;
};

Cameras cameras_from_bytes(const fs::path& file) {
  Bytes in(file);
  Cameras cameras;
  for (std::uint64_t n = in.take_count(); n > 0; --n) {
    const auto id = in.take<std::uint32_t>();
    const auto model = in.take<std::int32_t>();
    const auto width = in.take<std::uint64_t>(), height = in.take<std::uint64_t>();
    const bool known = model >= 0 && model < int(kLensModels.size());
    const LensModel* const lens = known ? &kLensModels[std::size_t(model)] : nullptr;
    require_readable(lens, lens ? lens->name : "number " + std::to_string(model), id, file);
    std::vector<double> parameters;
    for (int i = 0; i < lens->parameters; ++i) parameters.push_back(in.take<double>());
    CalibratedCamera camera = camera_of(*lens, parameters);
    camera.width = int(std::min<std::uint64_t>(width, 1'000'000));
    camera.height = int(std::min<std::uint64_t>(height, 1'000'000));
    cameras[id] = camera;
  }
  return cameras;
}

std::vector<CalibratedCamera> images_from_bytes(const fs::path& file, const Cameras& cameras) {
  Bytes in(file);
  std::vector<CalibratedCamera> images;
  for (std::uint64_t n = in.take_count(); n > 0; --n) {
    in.take<std::uint32_t>();  // its id
    std::array<double, 7> pose{};
    for (double& number : pose) number = in.take<double>();
    const auto camera_id = in.take<std::uint32_t>();
    const std::string name = in.take_name();
    in.skip(in.take<std::uint64_t>(), 24);  // the points that it shows
    images.push_back(named_image(name, camera_id, {pose[0], pose[1], pose[2], pose[3]},
                                 {pose[4], pose[5], pose[6]}, cameras, file));
  }
  return images;
}

}  // namespace

Calibration read_colmap_model(const fs::path& cameras_file) {
  const std::string ending = cameras_file.extension().string();
  const fs::path images_file = cameras_file.parent_path() / ("images" + ending);
  Calibration calibration;
  if (ending == ".bin")
    calibration.cameras = images_from_bytes(images_file, cameras_from_bytes(cameras_file));
  else
    calibration.cameras = images_from_text(images_file, cameras_from_text(cameras_file));
  if (calibration.cameras.empty())
    refuse_calibration(images_file, "it has no images, whose poses are needed");
  return calibration;
}

}  // namespace ahap

#include "reconstruction/capture/calibrated_capture.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <optional>
#include <set>
#include <stdexcept>

namespace ahap {
namespace {

namespace fs = std::filesystem;

constexpr double kSameShape = 0.005;  // relative difference of aspects by rounding

// As exporters write names: without ending, and other characters than letters and digits all alike.
std::string plain(const fs::path& name) {
  std::string plain;
  for (const unsigned char c : name.string())
    plain += std::isalnum(c) || c == '-' || c >= 0x80 ? char(std::tolower(c)) : '_';
  return plain;
}

std::vector<std::string> components(const fs::path& path) {
  std::vector<std::string> parts;
  for (const fs::path& part : path.parent_path())
    if (part.has_filename() && part != "." && part != "/") parts.push_back(plain(part));
  parts.push_back(plain(path.stem()));
  return parts;
}

// How many of their last components agree.
int agreement(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  int n = 0;
  while (n < int(std::min(a.size(), b.size())) && a[a.size() - 1 - n] == b[b.size() - 1 - n]) ++n;
  return n;
}

fs::path place_of(const CaptureCamera& camera) {
  const auto there = std::find_if(camera.paths.begin(), camera.paths.end(),
                                  [](const fs::path& file) { return !file.empty(); });
  if (there == camera.paths.end()) return camera.name;
  return camera.kind == CameraKind::image_sequence ? there->parent_path() / camera.name : *there;
}

// 0: another camera.
int likeness(const CaptureCamera& camera, const CalibratedCamera& known) {
  if (camera.kind != CameraKind::image_sequence)
    return agreement(components(place_of(camera)), components(known.name));
  // The camera's own name, or that of one of its pictures.
  const std::vector<std::string> folder = {plain(camera.name)};
  const fs::path parent = fs::path(known.name).parent_path();
  return std::max(agreement(folder, components(known.name)),
                  parent.empty() ? 0 : agreement(folder, {plain(parent.filename())}));
}

std::optional<int> last_number(const std::string& name) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const auto last = std::find_if(name.rbegin(), name.rend(), is_digit);
  const auto first = std::find_if_not(last, name.rend(), is_digit);
  const std::string digits(first.base(), last.base());
  if (digits.empty() || digits.size() > 6) return std::nullopt;
  return std::stoi(digits);
}

using Matches = std::vector<const CalibratedCamera*>;  // of each camera of the capture

Matches by_name(const Capture& capture, const Calibration& calibration) {
  Matches matches;
  for (const CaptureCamera& camera : capture.cameras) {
    const CalibratedCamera* best = nullptr;
    int likest = 0;
    for (const CalibratedCamera& known : calibration.cameras) {
      const int alike = likeness(camera, known);
      if (alike <= likest) continue;
      likest = alike;
      best = &known;
    }
    matches.push_back(best);
  }
  return matches;
}

// Only where every camera of both has a number of its own.
Matches by_number(const Capture& capture, const Calibration& calibration) {
  std::map<int, const CalibratedCamera*> numbered;
  for (const CalibratedCamera& known : calibration.cameras) {
    const auto number = last_number(fs::path(known.name).stem().string());
    if (!number || !numbered.emplace(*number, &known).second) return {};
  }
  Matches matches;
  std::set<int> taken;
  for (const CaptureCamera& camera : capture.cameras) {
    const auto number = last_number(fs::path(camera.name).stem().string());
    if (!number || !numbered.contains(*number) || !taken.insert(*number).second) return {};
    matches.push_back(numbered[*number]);
  }
  return matches;
}

template <typename Items, typename Name>
std::string listed(const Items& items, Name name) {
  constexpr std::size_t kMost = 8;
  std::string text;
  for (std::size_t i = 0; i < std::min(items.size(), kMost); ++i) text += (i ? ", " : "") + name(items[i]);
  return text + (items.size() > kMost ? ", ..." : "");
}

std::string size_text(int width, int height) {
  return std::to_string(width) + " x " + std::to_string(height);
}

}  // namespace

void use_calibration(Capture& capture, const fs::path& path) {
  const Calibration calibration = read_calibration(path);
  const auto known_name = [](const auto& camera) { return camera.name; };
  const auto found = [](const CalibratedCamera* known) { return known != nullptr; };
  Matches matches = by_name(capture, calibration);
  if (std::none_of(matches.begin(), matches.end(), found)) {
    matches = by_number(capture, calibration);
    if (matches.empty()) {
      throw std::runtime_error(path.string() + ": has no camera of these pictures. It has " +
                               listed(calibration.cameras, known_name) + "; the pictures are of " +
                               listed(capture.cameras, known_name) + ". Give both the same names");
    }
    std::vector<std::string> pairs;
    for (std::size_t i = 0; i < matches.size(); ++i)
      pairs.push_back(matches[i]->name + " is " + capture.cameras[i].name);
    capture.problems.push_back({calibration.file, "has other names than the pictures; by their numbers " +
                                                      listed(pairs, [](const auto& pair) { return pair; })});
  }
  std::vector<std::string> unknown;
  for (std::size_t i = 0; i < matches.size(); ++i) {
    CaptureCamera& camera = capture.cameras[i];
    camera.known = matches[i] ? std::make_shared<const CalibratedCamera>(*matches[i]) : nullptr;
    if (!matches[i]) unknown.push_back(camera.name);
  }
  if (!unknown.empty()) {
    capture.problems.push_back({calibration.file, "has no camera for " +
                                                      listed(unknown, [](const auto& name) { return name; }) +
                                                      ", which is found as without a calibration"});
  }
  capture.calibration = calibration.file;
}

Capture without_ignored(Capture capture, const KnownCameraOptions& options) {
  for (CaptureCamera& camera : capture.cameras) {
    camera.known_lens = options.intrinsics != KnownUse::ignore;
    if (!camera.known_lens && options.poses == KnownUse::ignore) camera.known.reset();
  }
  return capture;
}

bool fits(const CalibratedCamera& camera, int width, int height) {
  if (camera.width == 0) return true;
  return std::abs(std::log(double(width) * camera.height / (double(height) * camera.width))) < kSameShape;
}

Eigen::Matrix3d scaled_intrinsics(const CalibratedCamera& camera, int width, int height) {
  const bool turned = fits(camera, height, width) && !fits(camera, width, height);
  if (!fits(camera, width, height)) {
    throw std::runtime_error(
        "has " + size_text(width, height) + " pixels, and its camera was calibrated for " +
        size_text(camera.width, camera.height) + ", " + (turned ? "which is turned" : "another shape") +
        "; its known camera is not used. Give the pictures as they were calibrated");
  }
  Eigen::Matrix3d K = camera.K;
  if (camera.width > 0) {
    K.row(0) *= double(width) / camera.width;
    K.row(1) *= double(height) / camera.height;
    return K;
  }
  // Without a size in the file, the principal point tells whether the pictures may be those.
  const Eigen::Vector2d middle = K.topRightCorner<2, 1>().cwiseQuotient(Eigen::Vector2d(width, height));
  if ((middle.array() < 0.25).any() || (middle.array() > 0.75).any()) {
    throw std::runtime_error(
        "has " + size_text(width, height) +
        " pixels, for which the principal point of its known camera lies far from the middle; "
        "the camera is not used. Was it calibrated for pictures of another size?");
  }
  return K;
}

struct StraightLenses::Map {
  cv::Mat from;  // of each pixel, in the picture as the lens made it
};

StraightLenses::StraightLenses() = default;
StraightLenses::~StraightLenses() = default;

Image StraightLenses::straightened(std::size_t number, const CalibratedCamera& camera,
                                   const Eigen::Matrix3d& K, Image picture) {
  if (camera.distortion.is_straight()) return picture;
  std::unique_ptr<Map>& map = maps_[{number, picture.width}];
  if (!map || map->from.rows != picture.height) {
    map = std::make_unique<Map>();
    map->from.create(picture.height, picture.width, CV_32FC2);
    const Eigen::Matrix3d K_inverse = K.inverse();
    for (int y = 0; y < picture.height; ++y) {
      for (int x = 0; x < picture.width; ++x) {
        const Eigen::Vector2d ray = (K_inverse * Eigen::Vector3d(x + 0.5, y + 0.5, 1)).hnormalized();
        const Eigen::Vector2d pixel = (K * camera.distortion.distorted(ray).homogeneous()).hnormalized();
        const bool seen = pixel.allFinite() && pixel.cwiseAbs().maxCoeff() < 1e6;
        // OpenCV counts pixels at their centres.
        map->from.at<cv::Vec2f>(y, x) =
            seen ? cv::Vec2f(float(pixel.x() - 0.5), float(pixel.y() - 0.5)) : cv::Vec2f(-10, -10);
      }
    }
  }
  Image straight(picture.width, picture.height);
  const cv::Mat source(picture.height, picture.width, CV_8UC3, picture.rgb.data());
  cv::Mat target(picture.height, picture.width, CV_8UC3, straight.rgb.data());
  cv::remap(source, target, map->from, cv::noArray(), cv::INTER_LINEAR, cv::BORDER_CONSTANT, cv::Scalar());
  return straight;
}

}  // namespace ahap

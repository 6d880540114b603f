#include "reconstruction/capture/one_camera.h"

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <stdexcept>
#include <string>

namespace ahap {
namespace {

constexpr std::size_t kManyPhotos = 8;  // people rarely have so many cameras, and films rarely so few frames
constexpr std::int64_t kLargestGap = 100;

bool has_photos_only(const Capture& capture) {
  return std::all_of(capture.cameras.begin(), capture.cameras.end(),
                     [](const CaptureCamera& camera) { return camera.kind == CameraKind::image; });
}

// "frame_" and 12 of "frame_0012.jpg".
struct NumberedName {
  std::string text;
  std::int64_t number = -1;  // none
};

NumberedName numbered(const std::filesystem::path& file) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  std::string text = file.stem().string();
  std::size_t start = text.size();
  while (start > 0 && is_digit(text[start - 1])) --start;
  const std::size_t digits = text.size() - start;
  if (digits == 0 || digits > 12) return {text};
  const std::int64_t number = std::stoll(text.substr(start));
  text.resize(start);
  for (char& c : text) c = char(std::tolower(static_cast<unsigned char>(c)));
  return {text, number};
}

bool speaks_of_cameras(const std::string& name) {
  return name.find("cam") != std::string::npos || name.find("view") != std::string::npos;
}

}  // namespace

bool may_be_frames(const Capture& capture) {
  if (capture.cameras.size() < kManyPhotos || !has_photos_only(capture) || !capture.calibration.empty())
    return false;
  const std::filesystem::path& first_file = capture.cameras.front().paths.front();
  const NumberedName first = numbered(first_file);
  std::int64_t before = first.number, least = kLargestGap, most = 0;
  if (before < 0 || speaks_of_cameras(first.text)) return false;
  for (std::size_t i = 1; i < capture.cameras.size(); ++i) {
    const std::filesystem::path& file = capture.cameras[i].paths.front();
    const NumberedName name = numbered(file);
    if (file.parent_path() != first_file.parent_path() || name.text != first.text) return false;
    least = std::min(least, name.number - before);
    most = std::max(most, name.number - before);
    before = name.number;
  }
  return least >= 1 && most <= kLargestGap;
}

Capture photos_as_sequence(Capture capture) {
  if (capture.cameras.size() < 2 || !has_photos_only(capture)) return capture;
  CaptureCamera sequence{.name = capture.cameras.front().paths.front().parent_path().filename().string(),
                         .kind = CameraKind::image_sequence,
                         .paths = {}};
  for (const CaptureCamera& photo : capture.cameras) sequence.paths.push_back(photo.paths.front());
  sequence.frame_count = int(sequence.paths.size());
  capture.cameras = {std::move(sequence)};
  capture.calibration.clear();
  return capture;
}

Capture as_one_camera(Capture capture) {
  Capture one = photos_as_sequence(std::move(capture));
  if (one.cameras.size() == 1) return one;
  throw std::runtime_error("This method takes one camera that moves, and there are " +
                           std::to_string(one.cameras.size()) + " (" + one.cameras[0].name + ", " +
                           one.cameras[1].name + (one.cameras.size() > 2 ? ", ..." : "") +
                           "); give it one video, or the photos of one camera.");
}

}  // namespace ahap

#include "app/cli/range_request.h"

#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <ctime>
#include <map>
#include <stdexcept>

#include "reconstruction/frame_sequence.h"
#include "reconstruction/models/model_choice.h"

namespace ahap {
namespace {

namespace fs = std::filesystem;

constexpr double kLongest = 24 * 3600;  // s, of an offset that is meant

// Size and time of a file, which change with its content.
struct FileStamp {
  std::uintmax_t bytes = 0;
  timespec written{};
};

FileStamp stamp_of(const fs::path& file) {
  struct stat status {};
  if (stat(file.c_str(), &status) != 0) return {};
  return {std::uintmax_t(status.st_size), status.st_mtim};
}

std::string text_of(const FileStamp& stamp) {
  tm date{};
  gmtime_r(&stamp.written.tv_sec, &date);
  char text[96];
  const std::size_t length = std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &date);
  std::snprintf(text + length, sizeof text - length, ".%09ld UTC", stamp.written.tv_nsec);
  return std::to_string(stamp.bytes) + " bytes, written " + text;
}

// Of the pictures of one camera: all of them together and the newest.
FileStamp stamp_of(const std::vector<fs::path>& files) {
  FileStamp all;
  for (const fs::path& file : files) {
    if (file.empty()) continue;
    const FileStamp stamp = stamp_of(file);
    all.bytes += stamp.bytes;
    if (std::pair(stamp.written.tv_sec, stamp.written.tv_nsec) >
        std::pair(all.written.tv_sec, all.written.tv_nsec))
      all.written = stamp.written;
  }
  return all;
}

ObservationTerms terms_of_model(const LoadOptions& load) {
  ObservationTerms terms;
  const ModelDescription model = describe_model(load.model);
  terms.emplace_back("the model", model.name + " in " + fs::absolute(model.directory).string());
  for (const auto& [part, file] : model.files)
    terms.emplace_back("the model's " + part, text_of(stamp_of(file)));
  terms.emplace_back("--device", std::to_string(int(load.device)));
  terms.emplace_back("--precision", std::to_string(int(load.precision)));
  return terms;
}

}  // namespace

OffsetByHand parse_offset(const std::string& text) {
  const auto refuse = [&] {
    throw std::invalid_argument("'" + text +
                                "' is not CAMERA=SECONDS, as cam2=+0.35, or CAMERA=FRAMESf, as cam3=-4f");
  };
  const std::size_t equals = text.rfind('=');
  if (equals == std::string::npos || equals == 0) refuse();
  OffsetByHand offset{.camera = text.substr(0, equals), .amount = 0, .in_frames = text.ends_with('f')};
  std::string amount = text.substr(equals + 1);
  if (offset.in_frames) amount.pop_back();
  if (amount.starts_with('+')) amount.erase(0, 1);
  const char* end = amount.data() + amount.size();
  const auto [rest, error] = std::from_chars(amount.data(), end, offset.amount);
  if (error != std::errc() || rest != end || !(std::abs(offset.amount) < 1e7)) refuse();
  return offset;
}

std::vector<std::optional<double>> offsets_of(const Capture& capture,
                                              const std::vector<OffsetByHand>& by_hand) {
  std::vector<std::optional<double>> offsets(capture.cameras.size());
  for (const OffsetByHand& offset : by_hand) {
    const auto is_named = [&](const CaptureCamera& camera) {
      return camera.name == offset.camera || fs::path(camera.name).stem() == offset.camera;
    };
    const auto found = std::find_if(capture.cameras.begin(), capture.cameras.end(), is_named);
    if (found == capture.cameras.end() || std::count_if(found, capture.cameras.end(), is_named) > 1) {
      std::string names;
      for (const CaptureCamera& camera : capture.cameras) names += (names.empty() ? "" : ", ") + camera.name;
      throw std::runtime_error(
          "--offsets: " + std::string(found == capture.cameras.end() ? "no" : "more than one") +
          " camera is called " + offset.camera + "; there are " + names);
    }
    const double rate = found->fps > 0 ? found->fps : kAssumedFrameRate;
    const double seconds = offset.in_frames ? offset.amount / rate : offset.amount;
    if (std::abs(seconds) > kLongest)
      throw std::runtime_error("--offsets: " + offset.camera +
                               " is said to have begun more than a day apart");
    auto& of_camera = offsets[std::size_t(found - capture.cameras.begin())];
    if (of_camera) throw std::runtime_error("--offsets: " + offset.camera + " has two offsets");
    of_camera = seconds;
  }
  return offsets;
}

fs::path observations_file(const fs::path& output) {
  fs::path folder = fs::absolute(output).lexically_normal();
  if (!folder.has_filename()) folder = folder.parent_path();
  return folder.parent_path() / (folder.filename().string() + ".observations");
}

ObservationTerms observation_terms(const Capture& capture, const std::vector<int>& frames,
                                   const Options& options) {
  ObservationTerms terms = {{"the program's version", AHAP_VERSION}};
  terms.emplace_back("the choice of frames",
                     std::to_string(frames.front()) + " to " + std::to_string(frames.back()) + ", 1 in " +
                         std::to_string(frames.size() > 1 ? frames[1] - frames[0] : 1));
  terms.emplace_back("the detection threshold", options.detection_threshold >= 0
                                                    ? std::to_string(options.detection_threshold)
                                                    : "the model's");
  for (const CaptureCamera& camera : capture.cameras) {
    const fs::path place = camera.kind == CameraKind::video ? camera.paths.front() : fs::path(camera.name);
    terms.emplace_back(place.string(), text_of(stamp_of(camera.paths)));
  }
  if (!capture.calibration.empty()) {  // pictures are straightened by its lenses
    terms.emplace_back("the calibration " + capture.calibration.string(),
                       options.known_cameras.intrinsics == KnownUse::ignore
                           ? "its lenses ignored"
                           : text_of(stamp_of(capture.calibration)));
  }
  const ObservationTerms of_model = terms_of_model(options.load);
  terms.insert(terms.end(), of_model.begin(), of_model.end());
  return terms;
}

}  // namespace ahap

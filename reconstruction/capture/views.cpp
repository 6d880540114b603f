#include "reconstruction/capture/views.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <stdexcept>
#include <string>

#include "reconstruction/camera.h"
#include "reconstruction/capture/calibrated_capture.h"
#include "reconstruction/capture/picture.h"
#include "reconstruction/capture/sound.h"
#include "reconstruction/capture/video.h"

namespace ahap {
namespace {

// Of lenses with which people are photographed, 35 mm equivalent; fisheye lenses are shorter, and no pinhole.
constexpr double kShortestLens = 8, kLongestLens = 300;  // mm

namespace fs = std::filesystem;

std::uint64_t physical_memory() {
  return std::uint64_t(sysconf(_SC_PHYS_PAGES)) * std::uint64_t(sysconf(_SC_PAGE_SIZE));
}

const fs::path& file_of(const CaptureCamera& camera, int frame) {
  return camera.kind == CameraKind::video ? camera.paths.front() : camera.paths[frame];
}

// COLMAP's and our truth's names: a picture of a frame is its file; the pictures of a sequence lie in their
// camera's folder.
std::string view_name(const CaptureCamera& camera, int frame) {
  if (camera.kind != CameraKind::image_sequence) return camera.name;
  return camera.name + "/" + camera.paths[frame].filename().string();
}

double time_of(const CaptureCamera& camera, int frame) {
  if (camera.video && !camera.video->times.empty()) return camera.video->times[std::size_t(frame)];
  if (camera.kind == CameraKind::image_sequence) return frame / kAssumedFrameRate;
  return camera.fps > 0 ? frame / camera.fps : 0;
}

}  // namespace

struct FrameReader::Videos {
  std::map<std::size_t, Video> by_camera;

  // Frame `frame` of the video; throws when it cannot be decoded.
  Video::Frame read(std::size_t number, const CaptureCamera& camera, int frame) {
    Video& video = by_camera.try_emplace(number, camera.paths.front(), camera.video).first->second;
    std::optional<Video::Frame> shown = video.frame(frame);
    if (!shown) throw std::runtime_error("is damaged: frame " + std::to_string(frame) + " cannot be decoded");
    return std::move(*shown);
  }
};

FrameReader::FrameReader(const Capture& capture)
    : capture_(capture), videos_(new Videos), lenses_(new StraightLenses) {}
FrameReader::~FrameReader() = default;
FrameReader::FrameReader(FrameReader&&) noexcept = default;
FrameReader& FrameReader::operator=(FrameReader&&) noexcept = default;

std::vector<View> FrameReader::read(int frame, std::vector<Problem>* problems, const Progress& progress) {
  std::vector<View> views;
  std::vector<Problem> found;
  const std::uint64_t allowed = physical_memory() / 2;
  std::uint64_t used = 0;
  for (std::size_t i = 0; i < capture_.cameras.size(); ++i) {
    step(progress, "decode", double(i) / double(capture_.cameras.size()));
    const CaptureCamera& camera = capture_.cameras[i];
    const int own_frame = camera.own_frame(frame);
    if (own_frame < 0) continue;
    const fs::path& file = file_of(camera, own_frame);
    if (file.empty()) continue;
    try {
      View view;
      view.name = view_name(camera, own_frame);
      view.path = file.string();
      view.frame = frame;
      view.camera = int(i);
      view.time = time_of(camera, own_frame);
      if (camera.kind == CameraKind::video) {
        Video::Frame shown = videos_->read(i, camera, own_frame);
        if (shown.damaged) {
          found.push_back(
              {file, "is damaged: parts of frame " + std::to_string(own_frame) + " are not what was filmed"});
        }
        view.image = std::move(shown.image);
      } else {
        Picture picture = decode_picture(read_file(file));
        if (picture.reduction > 1) {
          found.push_back({file, "is very large and was read at 1/" + std::to_string(picture.reduction) +
                                     " of its size, which the camera's intrinsics refer to"});
        }
        if (!picture.note.empty()) found.push_back({file, picture.note});
        view.as_stored = picture.as_stored;
        view.image = std::move(picture.image);
        const double equivalent =
            picture.focal_length_px * 36 / std::max(view.image.width, view.image.height);
        if (equivalent == 0 || (equivalent >= kShortestLens && equivalent <= kLongestLens)) {
          view.focal_length_px = picture.focal_length_px;
        } else {
          found.push_back({file, "says that its lens has " + std::to_string(std::lround(equivalent)) +
                                     " mm (35 mm equivalent), which is hard to believe; its focal length is "
                                     "estimated instead"});
        }
      }
      if (camera.known) know_camera(i, view, found);
      used += view.image.rgb.size();
      views.push_back(std::move(view));
    } catch (const Cancelled&) {
      throw;
    } catch (const std::runtime_error& error) {
      found.push_back({file, error.what()});
    }
    if (used > allowed) {
      throw std::runtime_error(
          "the pictures of one frame need more than " + std::to_string(allowed >> 20) +
          " MB of memory, half of what this machine has; give fewer or smaller pictures");
    }
  }
  if (views.empty()) {
    throw std::runtime_error(found.empty() ? "no camera has frame " + std::to_string(frame)
                                           : message(found.front()));
  }
  step(progress, "decode", 1);
  if (problems) problems->insert(problems->end(), found.begin(), found.end());
  return views;
}

std::vector<std::vector<float>> FrameReader::sounds(const Progress& progress) const {
  std::vector<std::vector<float>> sounds;
  for (const CaptureCamera& camera : capture_.cameras) {
    std::vector<float>& samples = sounds.emplace_back();
    if (!camera.video) continue;
    try {
      samples = read_sound(camera.paths.front(), *camera.video, progress).samples;
    } catch (const Cancelled&) {
      throw;
    } catch (const std::runtime_error&) {
      // Its pictures, which have the same file, tell what is wrong.
    }
  }
  return sounds;
}

// What the calibration says of the view's camera, its picture as a straight lens would have taken it.
void FrameReader::know_camera(std::size_t number, View& view, std::vector<Problem>& problems) {
  const CaptureCamera& camera = capture_.cameras[number];
  try {
    KnownCamera known{capture_.calibration.filename().string(), {}, camera.known->camera_from_world};
    if (camera.known_lens) {
      known.K = scaled_intrinsics(*camera.known, view.image.width, view.image.height);
      view.as_stored = view.as_stored && camera.known->distortion.is_straight();
      view.focal_length_px = mean_focal_length(*known.K);
      view.image = lenses_->straightened(number, *camera.known, *known.K, std::move(view.image));
    }
    view.known = std::move(known);
  } catch (const std::runtime_error& error) {
    problems.push_back({view.path, error.what()});
  }
}

FrameSequence frame_sequence(std::shared_ptr<FrameReader> reader, std::vector<int> numbers,
                             std::function<void(const Problem&)> tell) {
  FrameSequence frames;
  frames.numbers = std::move(numbers);
  frames.sounds = [reader](const Progress& progress) { return reader->sounds(progress); };
  frames.sound_rate = kSoundRate;
  frames.read = [reader = std::move(reader), tell = std::move(tell),
                 told = std::make_shared<std::set<std::string>>()](int frame, const Progress& progress) {
    std::vector<Problem> found;
    std::vector<View> views;
    try {
      views = reader->read(frame, &found, progress);
    } catch (const Cancelled&) {
      throw;
    } catch (const std::runtime_error& error) {
      found.push_back({"frame " + std::to_string(frame), std::string("is left out: ") + error.what()});
    }
    for (const Problem& problem : found) {
      if (told->insert(message(problem)).second) tell(problem);
    }
    return views;
  };
  return frames;
}

std::vector<View> decode_frame(const Capture& capture, int frame, std::vector<Problem>* problems,
                               const Progress& progress) {
  return FrameReader(capture).read(frame, problems, progress);
}

Image FrameReader::thumbnail(std::size_t number, int frame, int longest_side) {
  const CaptureCamera& camera = capture_.cameras.at(number);
  const int own_frame = camera.own_frame(frame);
  if (own_frame < 0 || file_of(camera, own_frame).empty())
    throw std::runtime_error(camera.name + ": has no frame " + std::to_string(frame));
  const fs::path& file = file_of(camera, own_frame);
  try {
    Image picture = camera.kind != CameraKind::video
                        ? decode_picture(read_file(file), longest_side).image
                        : reduced(videos_->read(number, camera, own_frame).image, longest_side);
    if (!camera.known || !camera.known_lens || camera.known->width == 0 ||
        !fits(*camera.known, picture.width, picture.height))
      return picture;
    const Eigen::Matrix3d K = scaled_intrinsics(*camera.known, picture.width, picture.height);
    return lenses_->straightened(number, *camera.known, K, std::move(picture));
  } catch (const std::runtime_error& error) {
    throw std::runtime_error(message({file, error.what()}));
  }
}

}  // namespace ahap

#include "reconstruction/capture/capture.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <map>
#include <set>
#include <stdexcept>

#include "reconstruction/capture/calibrated_capture.h"
#include "reconstruction/capture/folder_contents.h"
#include "reconstruction/capture/found_media.h"
#include "reconstruction/capture/frame_numbers.h"
#include "reconstruction/capture/left_out.h"
#include "reconstruction/capture/picture.h"

namespace ahap {
namespace {

namespace fs = std::filesystem;

constexpr double kSameRate = 0.01;  // relative, of frame rates that are one: 1001/1000 and clocks

bool is_digit(char c) {
  return std::isdigit(static_cast<unsigned char>(c));
}

// A name that survives a trailing slash and "." as the path.
std::string name_of(const fs::path& path) {
  const fs::path clean = fs::weakly_canonical(path);
  return clean.has_filename() ? clean.filename().string() : clean.string();
}

// The first frames there are, as text.
std::string listed(const std::vector<std::uint64_t>& numbers) {
  constexpr std::size_t kMax = 10;
  std::string text;
  for (std::size_t i = 0; i < std::min(numbers.size(), kMax); ++i)
    text += (i > 0 ? ", " : "") + std::to_string(numbers[i]);
  return text + (numbers.size() > kMax ? ", ..." : "");
}

class Opener {
 public:
  explicit Opener(const Progress& progress) : indexes_(progress) {}

  Capture open(const std::vector<fs::path>& paths) {
    FoundMedia found = find_media(paths, indexes_, left_out_, capture_.problems);
    match_frames(found.sequences);
    add_pictures(found.pictures);
    add_sequences(found.sequences);
    add_videos(found.videos);
    match_by_time();
    if (capture_.cameras.empty()) throw std::runtime_error(nothing_usable(paths));
    name_cameras();
    mention_differences();
    take_calibration(found.calibrations);
    const std::vector<Problem> left_out = left_out_.problems();
    capture_.problems.insert(capture_.problems.end(), left_out.begin(), left_out.end());
    return std::move(capture_);
  }

 private:
  void problem(const fs::path& path, const std::string& sentence) {
    capture_.problems.push_back({path, sentence});
  }

  // Gives every sequence one file for each frame, an empty path where it has none, if their names say by
  // numbers which of them belong together; else they are matched by their position.
  void match_frames(std::vector<FrameFolder>& sequences) {
    std::vector<std::vector<std::uint64_t>> numbers;
    bool same_length = true;
    for (FrameFolder& sequence : sequences) {
      auto own = frame_numbers(sequence.frames);
      if (!own) return;
      leave_out_repeated(sequence.frames, *own);
      same_length = same_length && sequence.frames.size() == sequences[0].frames.size();
      numbers.push_back(std::move(*own));
    }
    if (sequences.size() < 2) return;
    const auto shared = shared_numbers(numbers);
    if (!shared) {
      if (!same_length) {
        problem(sequences[0].folder.parent_path(),
                "has frames whose numbers differ from camera to camera; they are matched by their position");
      }
      return;
    }
    for (std::size_t i = 0; i < sequences.size(); ++i) spread(sequences[i], numbers[i], *shared);
  }

  void leave_out_repeated(std::vector<fs::path>& frames, std::vector<std::uint64_t>& numbers) {
    for (std::size_t i = 1; i < numbers.size();) {
      if (numbers[i] != numbers[i - 1]) {
        ++i;
        continue;
      }
      left_out_.add(frames[i], {"it has the number of " + frames[i - 1].filename().string(),
                                "they have the numbers of other frames"});
      frames.erase(frames.begin() + std::ptrdiff_t(i));
      numbers.erase(numbers.begin() + std::ptrdiff_t(i));
    }
  }

  void spread(FrameFolder& sequence, const std::vector<std::uint64_t>& numbers,
              const std::vector<std::uint64_t>& shared) {
    std::vector<fs::path> frames(shared.size());
    std::vector<std::uint64_t> missing;
    for (std::size_t frame = 0; frame < shared.size(); ++frame) {
      const auto own = std::find(numbers.begin(), numbers.end(), shared[frame]);
      if (own == numbers.end())
        missing.push_back(shared[frame]);
      else
        frames[frame] = sequence.frames[std::size_t(own - numbers.begin())];
    }
    if (!missing.empty()) {
      problem(sequence.folder, "has " + std::to_string(numbers.size()) + " of the " +
                                   std::to_string(shared.size()) + " frames; missing: frame " +
                                   listed(missing));
    }
    sequence.frames = std::move(frames);
  }

  void add_pictures(const std::vector<fs::path>& pictures) {
    if (pictures.size() > kMaxViews) {
      throw std::runtime_error(
          pictures.front().parent_path().string() + " holds " + std::to_string(pictures.size()) +
          " pictures, and pictures in one folder are views of one frame, of which at most " +
          std::to_string(kMaxViews) +
          " fit; if they are the frames of one camera, put their folder into another one and give that");
    }
    for (const fs::path& file : pictures) {
      try {
        const PictureHeader header = read_picture_header(read_file(file));
        require_usable(header);
        capture_.cameras.push_back({.name = file.filename().string(),
                                    .paths = {fs::absolute(file)},
                                    .focal_length_35mm = header.focal_length_35mm});
      } catch (const std::runtime_error& error) {
        problem(file, error.what());
      }
    }
  }

  void add_sequences(const std::vector<FrameFolder>& sequences) {
    for (const FrameFolder& sequence : sequences) {
      std::vector<fs::path> frames;
      for (const fs::path& file : sequence.frames) frames.push_back(file.empty() ? file : fs::absolute(file));
      capture_.cameras.push_back({.name = name_of(sequence.folder),
                                  .kind = CameraKind::image_sequence,
                                  .paths = frames,
                                  .frame_count = int(frames.size())});
    }
  }

  void add_videos(const std::vector<fs::path>& videos) {
    for (const fs::path& file : videos) {
      try {
        const auto video = indexes_.of(file);
        capture_.cameras.push_back({.name = file.filename().string(),
                                    .kind = CameraKind::video,
                                    .paths = {fs::absolute(file)},
                                    .frame_count = video->frame_count(),
                                    .fps = video->fps,
                                    .video = video});
        for (const std::string& note : video->notes) problem(file, note);
      } catch (const Cancelled&) {
        throw;
      } catch (const std::runtime_error& error) {
        problem(file, error.what());
      }
    }
  }

  // Videos whose frames come at different rates, or unevenly: a frame of the capture is one of the slowest
  // video, and of the others the nearest in time.
  void match_by_time() {
    const auto differs = [&](const CaptureCamera& camera) {
      return !camera.video->is_steady ||
             std::abs(camera.fps - capture_.cameras.front().fps) > kSameRate * camera.fps;
    };
    const auto tells_times = [](const CaptureCamera& camera) {
      return camera.video && !camera.video->times.empty() && camera.fps > 0;
    };
    std::vector<CaptureCamera>& cameras = capture_.cameras;
    if (cameras.size() < 2 || !std::all_of(cameras.begin(), cameras.end(), tells_times) ||
        std::none_of(cameras.begin(), cameras.end(), differs))
      return;
    const auto slower = [](const CaptureCamera& a, const CaptureCamera& b) {
      return std::pair(!a.video->is_steady, a.fps) < std::pair(!b.video->is_steady, b.fps);
    };
    const CaptureCamera slowest = *std::min_element(cameras.begin(), cameras.end(), slower);
    std::vector<double> times = slowest.video->times;
    double end = 0;
    for (const CaptureCamera& camera : cameras) end = std::max(end, camera.video->times.back());
    while (times.back() + 0.5 / slowest.fps < end) times.push_back(times.back() + 1 / slowest.fps);
    for (CaptureCamera& camera : cameras) {
      camera.matched = std::make_shared<const std::vector<int>>(nearest_frames(times, camera));
      if (differs(camera)) {
        problem(camera.paths.front(),
                std::string(camera.video->is_steady ? "has another frame rate than the first video"
                                                    : "has frames at varying intervals") +
                    "; frames are matched by their time");
      }
    }
  }

  // Of each time the camera's frame, -1 before its first and after its last.
  static std::vector<int> nearest_frames(const std::vector<double>& times, const CaptureCamera& camera) {
    const std::vector<double>& own = camera.video->times;
    std::vector<int> frames;
    for (const double time : times) {
      const auto after = std::lower_bound(own.begin(), own.end(), time);
      const auto before = after == own.begin() ? after : after - 1;
      const auto nearest = after != own.end() && *after - time < time - *before ? after : before;
      frames.push_back(time > own.back() + 0.5 / camera.fps ? -1 : int(nearest - own.begin()));
    }
    return frames;
  }

  // The file's name, with the folder's in front where two files share it.
  void name_cameras() {
    std::map<std::string, int> uses;
    for (const CaptureCamera& camera : capture_.cameras) ++uses[camera.name];
    std::set<std::string> taken;
    for (CaptureCamera& camera : capture_.cameras) {
      if (uses[camera.name] > 1) {
        const fs::path folder = place_of(camera);
        const fs::path around = camera.kind == CameraKind::image ? folder : folder.parent_path();
        camera.name = name_of(around) + "/" + camera.name;
      }
      const std::string base = camera.name;
      for (int copy = 2; !taken.insert(camera.name).second; ++copy)
        camera.name = base + " (" + std::to_string(copy) + ")";
    }
  }

  void mention_differences() {
    const int frames = capture_.frame_count();
    double fps = 0;
    const auto is_video = [](const CaptureCamera& camera) { return camera.kind == CameraKind::video; };
    const bool several = std::count_if(capture_.cameras.begin(), capture_.cameras.end(), is_video) > 1;
    for (const CaptureCamera& camera : capture_.cameras) {
      const fs::path place = place_of(camera);
      const int own = camera.last_frame() + 1;
      if (own < frames) {
        problem(place, "has " + std::to_string(own) + " of the " + std::to_string(frames) +
                           " frames; the later ones go on without it");
      }
      if (camera.matched) continue;
      if (several && camera.video && !camera.video->is_steady)
        problem(place, "has frames at varying intervals; frames are matched by their index");
      if (camera.fps <= 0) continue;
      if (fps == 0) fps = camera.fps;
      if (std::abs(camera.fps - fps) > kSameRate * fps) {
        problem(place, "has another frame rate than the first video; frames are matched by their index");
      }
    }
  }

  void take_calibration(const std::vector<fs::path>& calibrations) {
    if (calibrations.empty()) return;
    if (calibrations.size() > 1) {
      return problem(calibrations.front(), "is left out: there are other calibrations, " +
                                               calibrations[1].string() +
                                               "; give the right one as known cameras");
    }
    try {
      use_calibration(capture_, calibrations.front());
    } catch (const std::runtime_error& error) {
      problem(calibrations.front(), std::string("is left out: ") + error.what());
    }
  }

  // The file of a video, the folder of pictures.
  static fs::path place_of(const CaptureCamera& camera) {
    if (camera.kind == CameraKind::video) return camera.paths.front();
    const auto is_there = [](const fs::path& file) { return !file.empty(); };
    return std::find_if(camera.paths.begin(), camera.paths.end(), is_there)->parent_path();
  }

  std::string nothing_usable(const std::vector<fs::path>& paths) const {
    std::vector<Problem> told = capture_.problems;
    if (told.empty()) told = left_out_.problems();
    if (told.size() == 1) return message(told.front());
    const std::string what =
        paths.size() == 1 ? paths.front().string() + ": nothing in it" : "nothing that was given";
    std::string sentence = what + " can be used as a picture or a video";
    if (!told.empty()) {
      sentence += " (" + std::to_string(told.size()) + " problems; the first: " + message(told.front()) + ")";
    }
    return sentence;
  }

  VideoIndexes indexes_;
  LeftOut left_out_;
  Capture capture_;
};

}  // namespace

std::string message(const Problem& problem) {
  return problem.path.string() + ": " + problem.sentence;
}

int Capture::frame_count() const {
  int count = 0;
  for (const CaptureCamera& camera : cameras) count = std::max(count, camera.last_frame() + 1);
  return count;
}

int CaptureCamera::own_frame(int frame) const {
  if (matched) return frame >= 0 && frame < int(matched->size()) ? (*matched)[std::size_t(frame)] : -1;
  const int own = frame + frame_offset;
  return own >= 0 && own < frame_count ? own : -1;
}

int CaptureCamera::last_frame() const {
  if (!matched) return frame_count - 1 - frame_offset;
  const auto last = std::find_if(matched->rbegin(), matched->rend(), [](int frame) { return frame >= 0; });
  return int(matched->rend() - last) - 1;
}

int CaptureCamera::picture_count() const {
  return int(std::count_if(paths.begin(), paths.end(), [](const fs::path& file) { return !file.empty(); }));
}

Capture open_capture(const std::vector<fs::path>& paths, const Progress& progress) {
  return Opener(progress).open(paths);
}

bool natural_less(std::string_view a, std::string_view b) {
  std::size_t i = 0, j = 0;
  while (i < a.size() && j < b.size()) {
    if (is_digit(a[i]) && is_digit(b[j])) {
      auto run = [](std::string_view text, std::size_t& at) {
        while (at < text.size() && text[at] == '0') ++at;
        const std::size_t begin = at;
        while (at < text.size() && is_digit(text[at])) ++at;
        return text.substr(begin, at - begin);
      };
      const std::string_view left = run(a, i), right = run(b, j);
      if (left.size() != right.size()) return left.size() < right.size();
      if (left != right) return left < right;
    } else {
      const int left = std::tolower(static_cast<unsigned char>(a[i])),
                right = std::tolower(static_cast<unsigned char>(b[j]));
      if (left != right) return left < right;
      ++i;
      ++j;
    }
  }
  if (a.size() - i != b.size() - j) return a.size() - i < b.size() - j;
  return a < b;  // equal but for case or leading zeros
}

}  // namespace ahap

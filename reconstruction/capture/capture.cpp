#include "reconstruction/capture/capture.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <set>
#include <stdexcept>

#include "reconstruction/capture/picture.h"
#include "reconstruction/capture/video.h"

namespace ahap {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostViews = 100;  // of one moment

bool is_digit(char c) {
  return std::isdigit(static_cast<unsigned char>(c));
}

bool has_extension(const fs::path& file, const std::set<std::string>& extensions) {
  std::string extension = file.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return char(std::tolower(c)); });
  return extensions.count(extension) > 0;
}

bool is_named_as_picture(const fs::path& file) {
  return has_extension(
      file, {".jpg", ".jpeg", ".jpe", ".png", ".webp", ".tif", ".tiff", ".bmp", ".heic", ".heif", ".avif"});
}

bool is_named_as_video(const fs::path& file) {
  return has_extension(file, {".mp4", ".mov", ".m4v", ".avi", ".mkv", ".webm", ".mpg", ".mpeg", ".mts",
                              ".m2ts", ".ts", ".wmv", ".3gp", ".flv", ".ogv"});
}

bool is_hidden(const fs::path& path) {
  return path.filename().string().starts_with(".");
}

bool is_truth_folder(const fs::path& folder) {
  return folder.filename() == "truth" && fs::exists(folder / "truth.json");
}

// A name that survives a trailing slash and "." as the path.
std::string name_of(const fs::path& path) {
  const fs::path clean = fs::weakly_canonical(path);
  return clean.has_filename() ? clean.filename().string() : clean.string();
}

struct Folder {
  fs::path path;
  std::vector<fs::path> pictures, videos, folders;  // each in natural order

  bool has_media() const { return !pictures.empty() || !videos.empty(); }
};

Folder list(const fs::path& path) {
  Folder folder;
  folder.path = path;
  for (const auto& entry : fs::directory_iterator(path)) {
    if (is_hidden(entry.path())) continue;
    std::error_code error;
    if (entry.is_directory(error)) {
      if (!is_truth_folder(entry.path())) folder.folders.push_back(entry.path());
    } else if (is_named_as_picture(entry.path())) {
      folder.pictures.push_back(entry.path());
    } else if (is_named_as_video(entry.path())) {
      folder.videos.push_back(entry.path());
    }
  }
  for (auto* paths : {&folder.pictures, &folder.videos, &folder.folders}) {
    std::sort(paths->begin(), paths->end(), [](const fs::path& a, const fs::path& b) {
      return natural_less(a.filename().string(), b.filename().string());
    });
  }
  return folder;
}

// What was found, before it is decided which of it makes up the cameras.
struct Found {
  std::vector<fs::path> pictures;  // each one a view
  std::vector<Folder> sequences;   // folders whose pictures are the frames of one camera
  std::vector<fs::path> videos;
};

class Opener {
 public:
  Capture open(const std::vector<fs::path>& paths) {
    std::set<fs::path> seen;
    for (const fs::path& path : paths) {
      if (!seen.insert(fs::weakly_canonical(path)).second) continue;
      try {
        gather(path, paths.size() == 1);
      } catch (const fs::filesystem_error& error) {
        problem(error.path1().empty() ? path : error.path1(), "cannot be read: " + error.code().message());
      }
    }
    choose_kind();
    add_cameras();
    if (capture_.cameras.empty()) throw std::runtime_error(nothing_usable(paths));
    name_cameras();
    mention_differences();
    return std::move(capture_);
  }

 private:
  void problem(const fs::path& path, const std::string& sentence) {
    capture_.problems.push_back({path, sentence});
  }

  void gather(const fs::path& path, bool alone) {
    const fs::file_status status = fs::status(path);
    if (status.type() == fs::file_type::not_found) return problem(path, "does not exist");
    if (!fs::is_directory(status)) return gather_file(path);
    const Folder folder = list(path);
    if (folder.has_media()) {
      if (alone) {
        found_.pictures = folder.pictures;
      } else if (!folder.pictures.empty()) {
        found_.sequences.push_back(folder);
      }
      found_.videos.insert(found_.videos.end(), folder.videos.begin(), folder.videos.end());
      for (const fs::path& inner : folder.folders) {
        if (list(inner).has_media())
          problem(inner, "is left out, because there are pictures or videos beside it");
      }
      return;
    }
    for (const fs::path& inner : folder.folders) gather_camera(inner);
    if (found_.sequences.empty() && found_.videos.empty()) {
      problem(path, folder.folders.empty() && fs::is_empty(path) ? "is an empty folder"
                                                                 : "has neither pictures nor videos in it");
    }
  }

  void gather_file(const fs::path& path) {
    if (is_named_as_video(path)) {
      found_.videos.push_back(path);
    } else {
      found_.pictures.push_back(path);  // whatever it is: its content is looked at later
    }
  }

  // A folder inside the capture's folder: its pictures are one camera's frames; they may lie one folder
  // deeper (cam01/images).
  void gather_camera(const fs::path& path) {
    try {
      Folder folder = list(path);
      while (!folder.has_media() && folder.folders.size() == 1) {
        const std::vector<fs::path> only = std::move(folder.folders);
        folder = list(only.front());
      }
      if (!folder.pictures.empty()) {
        folder.path = path;
        found_.sequences.push_back(folder);
      }
      found_.videos.insert(found_.videos.end(), folder.videos.begin(), folder.videos.end());
    } catch (const fs::filesystem_error& error) {
      problem(error.path1().empty() ? path : error.path1(), "cannot be read: " + error.code().message());
    }
  }

  // Single pictures and videos cannot be views of the same moments: the larger group stays.
  void choose_kind() {
    auto leave_out = [&](std::vector<fs::path>& files, const char* sentence) {
      for (const fs::path& file : files) problem(file, sentence);
      files.clear();
    };
    if (!found_.pictures.empty() && !found_.videos.empty()) {
      if (found_.pictures.size() > found_.videos.size()) {
        leave_out(found_.videos, "is left out: a video beside pictures; give pictures or videos");
      } else {
        leave_out(found_.pictures, "is left out: a picture beside videos; give pictures or videos");
      }
    }
    if (!found_.pictures.empty()) {
      for (const Folder& folder : found_.sequences) {
        found_.pictures.insert(found_.pictures.end(), folder.pictures.begin(), folder.pictures.end());
      }
      found_.sequences.clear();
    }
  }

  void add_cameras() {
    if (found_.pictures.size() > kMostViews) {
      throw std::runtime_error(
          found_.pictures.front().parent_path().string() + " holds " +
          std::to_string(found_.pictures.size()) +
          " pictures, and pictures in one folder are views of one moment, of which at most " +
          std::to_string(kMostViews) +
          " fit; if they are the frames of one camera, put their folder into another one and give that");
    }
    for (const fs::path& file : found_.pictures) {
      try {
        require_usable(read_picture_header(read_file(file)));
        capture_.cameras.push_back({.name = file.filename().string(), .paths = {fs::absolute(file)}});
      } catch (const std::runtime_error& error) {
        problem(file, error.what());
      }
    }
    for (const Folder& folder : found_.sequences) {
      std::vector<fs::path> frames;
      for (const fs::path& file : folder.pictures) frames.push_back(fs::absolute(file));
      capture_.cameras.push_back({.name = name_of(folder.path),
                                  .kind = CameraKind::image_sequence,
                                  .paths = frames,
                                  .frame_count = int(folder.pictures.size())});
    }
    for (const fs::path& file : found_.videos) {
      try {
        const Video video(file);
        capture_.cameras.push_back({.name = file.filename().string(),
                                    .kind = CameraKind::video,
                                    .paths = {fs::absolute(file)},
                                    .frame_count = video.frame_count(),
                                    .fps = video.fps()});
      } catch (const std::runtime_error& error) {
        problem(file, error.what());
      }
    }
  }

  // The file's name, with the folder's in front where two files share it.
  void name_cameras() {
    std::map<std::string, int> uses;
    for (const CaptureCamera& camera : capture_.cameras) ++uses[camera.name];
    std::set<std::string> taken;
    for (CaptureCamera& camera : capture_.cameras) {
      if (uses[camera.name] > 1) {
        const fs::path folder = camera.paths.front().parent_path();
        camera.name = name_of(camera.kind == CameraKind::image_sequence ? folder.parent_path() : folder) +
                      "/" + camera.name;
      }
      const std::string base = camera.name;
      for (int copy = 2; !taken.insert(camera.name).second; ++copy)
        camera.name = base + " (" + std::to_string(copy) + ")";
    }
  }

  void mention_differences() {
    const int moments = capture_.moment_count();
    double fps = 0;
    for (const CaptureCamera& camera : capture_.cameras) {
      const fs::path place =
          camera.kind == CameraKind::video ? camera.paths.front() : camera.paths.front().parent_path();
      if (camera.frame_count < moments) {
        problem(place, "has " + std::to_string(camera.frame_count) + " of the " + std::to_string(moments) +
                           " moments; the later ones go on without it");
      }
      if (camera.fps <= 0) continue;
      if (fps == 0) fps = camera.fps;
      if (std::abs(camera.fps - fps) > 0.01 * fps) {
        problem(place, "has another frame rate than the first video; frames are matched by their index");
      }
    }
  }

  std::string nothing_usable(const std::vector<fs::path>& paths) const {
    if (capture_.problems.size() == 1) return message(capture_.problems.front());
    const std::string what =
        paths.size() == 1 ? paths.front().string() + ": nothing in it" : "nothing that was given";
    std::string sentence = what + " can be used as a picture or a video";
    if (!capture_.problems.empty()) {
      sentence += " (" + std::to_string(capture_.problems.size()) +
                  " problems; the first: " + message(capture_.problems.front()) + ")";
    }
    return sentence;
  }

  Capture capture_;
  Found found_;
};

}  // namespace

std::string message(const Problem& problem) {
  return problem.path.string() + ": " + problem.sentence;
}

int Capture::moment_count() const {
  int count = 0;
  for (const CaptureCamera& camera : cameras)
    count = std::max(count, camera.frame_count - camera.frame_offset);
  return count;
}

Capture open_capture(const std::vector<fs::path>& paths) {
  return Opener().open(paths);
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

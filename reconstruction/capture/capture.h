#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ahap {

struct VideoIndex;

// What is wrong with one file, in words for a person: "<path>: <sentence>".
struct Problem {
  std::filesystem::path path;
  std::string sentence;
};
std::string message(const Problem& problem);

enum class CameraKind { image, image_sequence, video };

// One camera of a capture: a picture, the pictures of a folder in their order, or a video.
struct CaptureCamera {
  std::string name;  // unique among the cameras: the file's or folder's name
  CameraKind kind = CameraKind::image;
  std::vector<std::filesystem::path> paths;  // absolute; one file, or one per frame for a sequence
  int frame_count = 1;
  double fps = 0;                           // videos; 0 where unknown
  int frame_offset = 0;                     // moment m shows frame m + frame_offset
  std::shared_ptr<const VideoIndex> video = {};  // where a video's frames are
};

// What was dropped or passed, as cameras times moments. Nothing is decoded yet.
struct Capture {
  std::vector<CaptureCamera> cameras;
  std::vector<Problem> problems;  // files that were left out, and what else a person should know

  // Up to the last moment that any camera has; a camera that ends earlier is missing from the later ones.
  int moment_count() const;
};

// A folder of pictures: views of one moment, in natural order. A folder of folders, a folder of videos,
// several videos or several folders: cameras whose frames are matched by index. One video: a monocular
// sequence. Several pictures: one moment. Hidden files, a rendered capture's `truth` folder, and files that
// are neither picture nor video are passed over; a file that looks like one but is unusable becomes a problem
// and the rest goes on. Pictures beside videos: the larger group is taken. Throws std::runtime_error with one
// sentence when nothing usable remains.
Capture open_capture(const std::vector<std::filesystem::path>& paths);

// Order of names as people count: cam2 before cam10. Digits compare as numbers, letters without case.
bool natural_less(std::string_view a, std::string_view b);

}  // namespace ahap

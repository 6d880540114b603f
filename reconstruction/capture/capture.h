#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "reconstruction/progress.h"

namespace ahap {

struct CalibratedCamera;
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
  std::vector<std::filesystem::path>
      paths;  // absolute; one file, or one per frame for a sequence, empty for a gap
  int frame_count = 1;
  double fps = 0;                                // videos; 0 where unknown
  int frame_offset = 0;                          // frame f of the capture is this camera's f + frame_offset
  std::shared_ptr<const VideoIndex> video = {};  // where a video's frames are
  // Videos whose frames are matched by their time: this camera's frame of each frame of the capture, -1 where
  // it has none. Null: by their number.
  std::shared_ptr<const std::vector<int>> matched = {};
  double focal_length_35mm = 0;  // of pictures that say so, 35 mm equivalent; 0: unknown
  // Its camera in the capture's calibration; null: it is not in there.
  std::shared_ptr<const CalibratedCamera> known = {};
  bool known_lens = true;  // the calibration's intrinsics are wanted, too

  int picture_count() const;  // files, without gaps
  // This camera's frame of a frame of the capture; -1: it has none.
  int own_frame(int frame) const;
  int last_frame() const;  // the capture's last frame that this camera has
};

// What was dropped or passed, as cameras times frames. Nothing is decoded yet.
struct Capture {
  std::vector<CaptureCamera> cameras;
  std::vector<Problem> problems;      // files that were left out, and what else a person should know
  std::filesystem::path calibration;  // the file that its known cameras are from; empty: there is none

  // Up to the last frame that any camera has; a camera that ends earlier is missing from the later ones.
  int frame_count() const;
};

// A folder of pictures: views of one frame, in natural order. A folder of folders, a folder of videos,
// several videos or several folders: cameras. One video: a monocular sequence. Several pictures: one frame.
// A folder in which one folder alone holds any: what that one is.
// Frames of cameras that are folders are matched by the numbers in their names (frame_0003 with frame_0003),
// where most of these agree, else by their position; frames of videos are matched by their index, or by
// their time where they come at different rates. Content
// decides what is a picture or a video. Pictures beside videos: the larger group is taken, but photos with
// their live parts are photos. What is there twice, by a link or as a copy, counts once. Left out are what
// this program has drawn or written, hidden files, what operating systems leave, and all that is neither
// picture nor video. A calibration (find_calibration) that is given, or lies in or beside the capture's
// folders, is taken where it is the only one and has cameras of the capture. All that is left out and all
// that cannot be used is told in `problems`, but for the `truth` folder of a rendered capture. Throws
// std::runtime_error with one sentence when nothing usable remains, Cancelled on request.
Capture open_capture(const std::vector<std::filesystem::path>& paths, const Progress& progress = {});

// Order of names as people count: cam2 before cam10. Digits compare as numbers, letters without case.
bool natural_less(std::string_view a, std::string_view b);

}  // namespace ahap

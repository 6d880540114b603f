#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <vector>

#include "reconstruction/capture/left_out.h"
#include "reconstruction/capture/video_index.h"
#include "reconstruction/progress.h"

namespace ahap {

// Videos are read through once each.
class VideoIndexes {
 public:
  explicit VideoIndexes(const Progress& progress) : progress_(progress) {}
  // Throws as index_video does.
  std::shared_ptr<const VideoIndex> of(const std::filesystem::path& file);

 private:
  Progress progress_;
  std::map<std::filesystem::path, std::shared_ptr<const VideoIndex>> known_;
};

// A folder whose pictures are the frames of one camera.
struct FrameFolder {
  std::filesystem::path folder;
  std::vector<std::filesystem::path> frames;  // in natural order
};

// The media of a capture, each of them a camera: either pictures, or sequences and videos.
struct FoundMedia {
  std::vector<std::filesystem::path> pictures;  // the views of one frame
  std::vector<FrameFolder> sequences;
  std::vector<std::filesystem::path> videos;
  std::vector<std::filesystem::path> calibrations;  // of cameras, given or beside them
};

// Looks through what was given (open_capture says how). What is no part of the capture goes to `left_out`,
// what cannot be read to `problems`.
FoundMedia find_media(const std::vector<std::filesystem::path>& paths, VideoIndexes& indexes,
                      LeftOut& left_out, std::vector<Problem>& problems);

}  // namespace ahap

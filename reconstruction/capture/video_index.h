#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "reconstruction/progress.h"

namespace ahap {

// Where the frames of a video are.
struct VideoIndex {
  // A packet with which decoding can begin.
  struct Start {
    std::int64_t packet = 0;        // its number in the stream
    int size = 0;                   // bytes
    std::int64_t pts = 0, dts = 0;  // in the stream's units; no dts where it cannot be found by its time
    int frame = 0;                  // the first that decoding from here gives
  };

  int stream = 0;                     // of its container: the video, not its cover picture
  std::vector<std::int64_t> packets;  // that the frames are in, in the order of showing
  std::vector<double> times;          // of each frame, seconds since the first; empty: the file does not tell
  std::vector<Start> starts;          // by frame
  bool only_in_order = false;         // packets hold several frames each, which are counted from the first on
  double fps = 0;                     // frames per second on average; 0 = unknown
  bool is_steady = true;              // false: the time from frame to frame varies
  int width = 0, height = 0;          // as stored
  double seconds = 0;                 // from the first to after the last frame; 0 = unknown
  std::vector<std::string> notes;     // what a person should know of the file, sentences without the path

  int frame_count() const { return int(packets.size()); }
};

// Reads a video through once, without decoding more than a few frames where it says by itself when each is
// shown. Throws std::runtime_error with a sentence without the path, Cancelled on request.
std::shared_ptr<const VideoIndex> index_video(const std::filesystem::path& file,
                                              const Progress& progress = {});

}  // namespace ahap

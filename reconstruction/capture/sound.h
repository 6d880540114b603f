#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "reconstruction/capture/video_index.h"
#include "reconstruction/progress.h"

namespace ahap {

constexpr int kSoundRate = 8000;  // samples per second

// What the microphone of a camera heard, all channels mixed into one.
struct Sound {
  // -1..1, one every 1 / kSoundRate seconds; the first belongs to the instant of the video's first shown
  // frame. 0 where the file has no sound, or a damaged one.
  std::vector<float> samples;
  std::string missing;  // why there are no samples: a sentence without the path
};

// The sound of a video, of which `index` is, as long as its pictures last and an hour at most. Throws
// std::runtime_error with a sentence without the path where the file cannot be opened, Cancelled on request.
Sound read_sound(const std::filesystem::path& file, const VideoIndex& index, const Progress& progress = {});

}  // namespace ahap

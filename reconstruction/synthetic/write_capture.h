#pragma once

#include <filesystem>

#include "reconstruction/progress.h"
#include "reconstruction/synthetic/moving_world.h"

namespace ahap {

struct CaptureFiles {
  bool jpeg = false;        // else PNG; videos are Motion JPEG
  double camera_noise = 0;  // see add_camera_noise
};

struct VideoTiming {
  int frames = 60;
  double fps = 30;
};

// Renders the world of a seed into a folder as ground_truth.h describes. The folder must not exist yet; it
// appears under its name only when complete. Throws Cancelled when the progress asks to stop.
void write_capture(const World& world, const CaptureFiles& files, const std::filesystem::path& folder,
                   const Progress& progress = {});

// The same for moving people: one video per camera of the world at the times 0, 1 / fps, ... and the truth of
// each frame, without depth and masks.
void write_video_capture(const MovingWorld& world, const VideoTiming& timing, const CaptureFiles& files,
                         const std::filesystem::path& folder, const Progress& progress = {});

}  // namespace ahap

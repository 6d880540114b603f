#pragma once

#include <filesystem>

#include "reconstruction/progress.h"
#include "reconstruction/synthetic/world.h"

namespace ahap {

struct CaptureFiles {
  bool jpeg = false;        // else PNG
  double camera_noise = 0;  // see add_camera_noise
};

struct VideoTiming {
  double seconds = 2;
  double fps = 10;
  int frames() const;
};

// Renders the world of a seed into a folder as ground_truth.h describes. The folder must not exist yet; it
// appears under its name only when complete. Throws Cancelled when the progress asks to stop.
void write_capture(const World& world, const CaptureFiles& files, const std::filesystem::path& folder,
                   const Progress& progress = {});

// The same for moving people: the world at the times 0, 1 / fps, ...
void write_video_capture(const World& world, const VideoTiming& timing, const CaptureFiles& files,
                         const std::filesystem::path& folder, const Progress& progress = {});

}  // namespace ahap

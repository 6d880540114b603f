#pragma once

#include <filesystem>
#include <memory>

#include "reconstruction/image.h"

namespace ahap {

// Writes a video of pictures at a steady rate: Motion JPEG, in the container that the file's ending names
// (.mp4, .avi, .mkv). Throws a sentence with the path.
class VideoWriter {
 public:
  // width and height: pixels; fps: frames per second.
  VideoWriter(const std::filesystem::path& file, int width, int height, double fps);
  ~VideoWriter();
  VideoWriter(VideoWriter&&) noexcept;
  VideoWriter& operator=(VideoWriter&&) noexcept;

  void add(const Image& picture);
  // After the last picture; without it the file is of no use.
  void finish();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace ahap

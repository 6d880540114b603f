#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "reconstruction/image.h"

namespace ahap {

enum class VideoCoding {
  pictures,  // Motion JPEG: every frame by itself, the same bytes on every machine
  film       // for players: H.264, or MPEG-4 Part 2 where FFmpeg cannot encode that; says that it is ours
};

// Writes a video of pictures at a steady rate, in the container that the file's ending names (.mp4, .avi,
// .mkv). Throws a sentence with the path.
class VideoWriter {
 public:
  // width and height: pixels, even ones of a film; fps: frames per second. h264_encoder: FFmpeg's name of it.
  VideoWriter(const std::filesystem::path& file, int width, int height, double fps,
              VideoCoding coding = VideoCoding::pictures, const std::string& h264_encoder = "libx264");
  ~VideoWriter();
  VideoWriter(VideoWriter&&) noexcept;
  VideoWriter& operator=(VideoWriter&&) noexcept;

  void add(const Image& picture);
  // After the last picture; without it the file is of no use.
  void finish();
  bool is_h264() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace ahap

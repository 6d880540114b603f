#pragma once

#include <filesystem>
#include <memory>
#include <optional>

#include "reconstruction/image.h"

namespace ahap {

// One open video, read frame by frame in any order; upright as its rotation mark says.
class Video {
 public:
  // Throws std::runtime_error with a sentence without the path.
  explicit Video(const std::filesystem::path& file);
  ~Video();
  Video(Video&&) noexcept;

  int frame_count() const {
    return frame_count_;
  }                                    // as the header claims, until reading has found the real end
  double fps() const { return fps_; }  // 0 = unknown

  // Nothing when the video does not reach that far. Going forward by a few frames is cheap, anything else
  // seeks.
  std::optional<Image> frame(int index);

 private:
  struct Decoder;
  bool move_to(int index);
  void find_end(int expected);

  std::unique_ptr<Decoder> decoder_;
  std::filesystem::path file_;
  int frame_count_ = 0;
  double fps_ = 0;
  int next_ = 0;  // the frame that decoding would give now
};

}  // namespace ahap

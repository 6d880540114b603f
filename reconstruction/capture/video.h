#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "reconstruction/capture/video_index.h"
#include "reconstruction/image.h"

namespace ahap {

// One open video, read frame by frame in any order: the same pictures as when it is read from start to end.
// They are upright, turned and mirrored as the file says, and their pixels are square.
class Video {
 public:
  // Throws std::runtime_error with a sentence without the path.
  explicit Video(const std::filesystem::path& file);
  // `index` is that of the file; null: it is made.
  Video(const std::filesystem::path& file, std::shared_ptr<const VideoIndex> index);
  ~Video();
  Video(Video&&) noexcept;

  const VideoIndex& index() const { return *index_; }

  struct Frame {
    Image image;
    bool damaged = false;  // parts of it are guesses of the decoder
  };
  // Nothing where the video does not reach that far, or is damaged so much that this frame cannot be decoded.
  // The frames that follow the last one are cheap, others are decoded from the nearest place where that can
  // begin.
  std::optional<Frame> frame(int index);

 private:
  struct Reading;
  void begin(int index, std::size_t starts_back);
  bool can_go_on_to(int index) const;
  bool go_on_to(int index);

  std::filesystem::path file_;
  std::shared_ptr<const VideoIndex> index_;
  std::vector<int> frame_of_;  // by packet; -1 where it shows none
  std::unique_ptr<Reading> reading_;
};

}  // namespace ahap

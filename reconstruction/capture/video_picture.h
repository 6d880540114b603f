#pragma once

#include <memory>

#include "reconstruction/capture/video_container.h"
#include "reconstruction/image.h"

struct SwsContext;

namespace ahap {

// Makes pictures of decoded frames: as their file says with square pixels, turned and mirrored, in RGB.
class FramePainter {
 public:
  FramePainter();
  ~FramePainter();
  // Throws std::runtime_error with a sentence where a frame cannot be converted.
  Image paint(AVFormatContext& container, AVStream& stream, AVFrame& frame);

 private:
  struct FreeSws {
    void operator()(SwsContext* context) const;
  };
  std::unique_ptr<SwsContext, FreeSws> sws_;  // of the last frame's size and format
};

}  // namespace ahap

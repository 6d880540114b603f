#pragma once

#include <memory>
#include <vector>

#include "reconstruction/capture/capture.h"
#include "reconstruction/image.h"
#include "reconstruction/progress.h"
#include "reconstruction/view.h"

namespace ahap {

// Decodes a capture one moment at a time and keeps its videos open in between, so that consecutive moments
// cost one frame each. Only the asked moment is in memory. Not for use from two threads at once.
class MomentReader {
 public:
  explicit MomentReader(const Capture& capture);
  ~MomentReader();
  MomentReader(MomentReader&&) noexcept;
  MomentReader& operator=(MomentReader&&) noexcept;

  // The views of moment 0, 1, ... in the order of the cameras. A camera whose frame cannot be had is left out
  // and told in `problems`. Throws std::runtime_error when no camera has a frame or memory would not suffice;
  // Cancelled on request.
  std::vector<View> read(int moment, std::vector<Problem>* problems = nullptr, const Progress& progress = {});

 private:
  struct Videos;
  Capture capture_;
  std::unique_ptr<Videos> videos_;
};

// One moment, once.
std::vector<View> decode_moment(const Capture& capture, int moment, std::vector<Problem>* problems = nullptr,
                                const Progress& progress = {});

// A small picture of one frame of a camera, at most `longest_side` pixels. Throws with "<path>: <sentence>".
Image decode_thumbnail(const CaptureCamera& camera, int frame, int longest_side);

}  // namespace ahap

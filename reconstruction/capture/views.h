#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "reconstruction/capture/capture.h"
#include "reconstruction/frame_sequence.h"
#include "reconstruction/image.h"
#include "reconstruction/progress.h"
#include "reconstruction/view.h"

namespace ahap {

class StraightLenses;

// Decodes a capture one frame at a time and keeps its videos open in between, so that consecutive frames
// cost one frame each. Only the asked frame is in memory. Not for use from two threads at once.
class FrameReader {
 public:
  explicit FrameReader(const Capture& capture);
  ~FrameReader();
  FrameReader(FrameReader&&) noexcept;
  FrameReader& operator=(FrameReader&&) noexcept;

  // The views of frame 0, 1, ... in the order of the cameras. Pictures of known lenses are straightened. A
  // camera whose frame cannot be had is left out and told in `problems`. Throws std::runtime_error when no
  // camera has a frame or memory would not suffice; Cancelled on request.
  std::vector<View> read(int frame, std::vector<Problem>* problems = nullptr, const Progress& progress = {});
  // What each camera's microphone heard (FrameSequence::sounds). Throws Cancelled on request.
  std::vector<std::vector<float>> sounds(const Progress& progress = {}) const;
  // A small picture of one camera in this frame of the capture, at most `longest_side` pixels. Throws with
  // "<path>: <sentence>".
  Image thumbnail(std::size_t camera, int frame, int longest_side);

 private:
  struct Videos;
  void know_camera(std::size_t camera, View& view, std::vector<Problem>& problems);

  Capture capture_;
  std::unique_ptr<Videos> videos_;
  std::unique_ptr<StraightLenses> lenses_;
};

// Frames of a capture for a run on all of them. One that cannot be read has no views. Every problem is told
// once, by the thread that reads.
FrameSequence frame_sequence(std::shared_ptr<FrameReader> reader, std::vector<int> numbers,
                             std::function<void(const Problem&)> tell);

// One frame, once.
std::vector<View> decode_frame(const Capture& capture, int frame, std::vector<Problem>* problems = nullptr,
                               const Progress& progress = {});

}  // namespace ahap

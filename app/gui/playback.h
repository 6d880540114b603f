#pragma once

#include <chrono>

#include "app/gui/frame_range.h"
#include "reconstruction/frame_sequence.h"

namespace ahap {

// The clock that plays a capture: which frame is due. Late callers skip frames, the time never slows down.
class Playback {
 public:
  using Clock = std::chrono::steady_clock;
  using Time = Clock::time_point;

  bool playing() const { return playing_; }
  bool loop() const { return loop_; }
  void set_loop(bool loop) { loop_ = loop; }

  // From `frame` on; from the first frame of `over` where `frame` is its last one or not in it.
  void play(int frame, const FrameRange& over, double frames_per_second, Time now);
  void stop() { playing_ = false; }
  // Goes on from another frame where it plays.
  void seek(int frame, Time now);
  // The frame due. After the last one of `over` it begins again or, without loop, stops there.
  int due(const FrameRange& over, Time now);
  // Seconds until the frame after the due one.
  double next_in(Time now) const;

 private:
  double elapsed(Time now) const;  // frames

  bool playing_ = false, loop_ = true;
  int from_ = 0;  // the frame at `since_`
  Time since_;
  double frames_per_second_ = kAssumedFrameRate;
};

}  // namespace ahap

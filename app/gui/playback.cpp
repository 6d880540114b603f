#include "app/gui/playback.h"

#include <algorithm>
#include <cmath>

namespace ahap {

void Playback::play(int frame, const FrameRange& over, double frames_per_second, Time now) {
  playing_ = true;
  frames_per_second_ = frames_per_second;
  seek(frame < over.first || frame >= over.last ? over.first : frame, now);
}

void Playback::seek(int frame, Time now) {
  from_ = frame;
  since_ = now;
}

double Playback::elapsed(Time now) const {
  return std::max(0.0, std::chrono::duration<double>(now - since_).count() * frames_per_second_);
}

int Playback::due(const FrameRange& over, Time now) {
  const double frame = from_ + elapsed(now);
  if (frame < over.first) seek(over.first, now);
  if (frame < over.last + 1) return std::max(over.first, int(frame));
  if (!loop_) {
    stop();
    return over.last;
  }
  seek(over.first, now);
  return over.first;
}

double Playback::next_in(Time now) const {
  const double frames = elapsed(now);
  return (std::floor(frames) + 1 - frames) / frames_per_second_;
}

}  // namespace ahap

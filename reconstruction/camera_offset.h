#pragma once

namespace ahap {

// How the time of a camera (seconds since its first frame) and that of the capture go together:
// capture time = camera time * (1 + drift) + seconds. One of the cameras is the reference, whose time is the
// capture's.
struct CameraOffset {
  enum class Source { none, sound, motion, hand };

  double seconds = 0;
  double drift = 0;
  double sigma = 0;  // seconds, standard deviation against the reference, in the middle of what was compared
  Source source = Source::none;  // none: not known, the rest means nothing; hand: somebody said so
};

// As files have it: "none", "sound", "motion", "hand".
constexpr const char* source_name(CameraOffset::Source source) {
  switch (source) {
    case CameraOffset::Source::sound:
      return "sound";
    case CameraOffset::Source::motion:
      return "motion";
    case CameraOffset::Source::hand:
      return "hand";
    case CameraOffset::Source::none:
      break;
  }
  return "none";
}

}  // namespace ahap

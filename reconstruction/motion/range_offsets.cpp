#include "reconstruction/motion/range_offsets.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace ahap {
namespace {

using Source = CameraOffset::Source;

// In frames, of an offset between cameras that counts: its sigma, itself.
constexpr double kClearSigma = 0.5, kClearOffset = 0.75;
constexpr double kLeastTold = 0.005;  // s

bool is_known(const CameraOffset& offset) {
  return offset.source != Source::none;
}

// Unknown where it is not sure.
std::vector<CameraOffset> clear_offsets(std::vector<CameraOffset> offsets, double frame_rate) {
  for (CameraOffset& offset : offsets) {
    if (offset.sigma * frame_rate >= kClearSigma) offset = {};
  }
  return offsets;
}

std::optional<double> by_hand(const OffsetEvidence& evidence, std::size_t camera) {
  return camera < evidence.by_hand.size() ? evidence.by_hand[camera] : std::nullopt;
}

bool all_known(const std::vector<CameraOffset>& offsets, const OffsetEvidence& evidence) {
  for (std::size_t v = 0; v < offsets.size(); ++v) {
    if (!by_hand(evidence, v) && !is_known(offsets[v])) return false;
  }
  return true;
}

// Whether there are two cameras of which nobody has said how they go together.
bool is_to_be_found(const OffsetEvidence& evidence) {
  int left = 0;
  for (std::size_t v = 0; v < evidence.cameras.size(); ++v) left += !by_hand(evidence, v);
  return left > 1;
}

// Too little to take into account at any of the frames.
bool is_small(const CameraOffset& offset, const TrackedFrames& frames, double frame_rate) {
  const auto at = [&](double time) { return std::abs(offset.seconds + offset.drift * time) * frame_rate; };
  return frames.empty() || std::max(at(frames.front().time), at(frames.back().time)) <= kClearOffset;
}

// Motion by itself; where it leaves somebody unknown, near what sound says.
std::vector<CameraOffset> found_offsets(const TrackedFrames& frames, const OffsetEvidence& evidence,
                                        double frame_rate, const Progress& progress) {
  const int cameras = int(evidence.cameras.size());
  const std::vector<MotionTrack> tracks = motion_tracks(frames);
  std::vector<CameraOffset> by_motion =
      clear_offsets(offsets_from_motion(tracks, cameras, {}, progress), frame_rate);
  if (all_known(by_motion, evidence) || !evidence.sounds) return by_motion;
  const std::vector<CameraOffset> by_sound =
      clear_offsets(offsets_from_sound(evidence.sounds(progress), evidence.sound_rate, progress), frame_rate);
  if (std::none_of(by_sound.begin(), by_sound.end(), is_known)) return by_motion;
  return clear_offsets(offsets_from_motion(tracks, cameras, {.cameras = {}, .start = by_sound}, progress),
                       frame_rate);
}

std::string sentence_of(const std::string& camera, const std::string& reference, const CameraOffset& offset) {
  char seconds[32];
  std::snprintf(seconds, sizeof seconds, "%.2f", std::abs(offset.seconds));
  const char* source = offset.source == Source::hand    ? ", as was given by hand"
                       : offset.source == Source::sound ? ", as their sound shows"
                                                        : ", as people's motion shows";
  return camera + " began " + seconds + " s " + (offset.seconds > 0 ? "later" : "earlier") + " than " +
         reference + source + "; the result takes that into account.";
}

}  // namespace

RangeOffsets range_offsets(const TrackedFrames& frames, const OffsetEvidence& evidence,
                           const Progress& progress) {
  RangeOffsets result;
  const std::size_t cameras = evidence.cameras.size();
  result.offsets.resize(cameras);
  if (cameras < 2) return result;
  const double rate = frame_rate_of(frames);
  if (frames.size() > 1 && is_to_be_found(evidence))
    result.offsets = found_offsets(frames, evidence, rate, progress);
  const auto reference = std::find_if(result.offsets.begin(), result.offsets.end(), is_known);
  if (reference != result.offsets.end()) result.reference = int(reference - result.offsets.begin());
  for (std::size_t v = 0; v < cameras; ++v) {
    CameraOffset& offset = result.offsets[v];
    if (const auto seconds = by_hand(evidence, v))
      offset = {.seconds = *seconds, .drift = 0, .sigma = 0, .source = Source::hand};
    else if (is_small(offset, frames, rate))
      offset.seconds = offset.drift = 0;
    if (std::abs(offset.seconds) < kLeastTold) continue;
    const bool is_reference = int(v) == result.reference;
    result.messages.push_back(sentence_of(
        evidence.cameras[v], is_reference ? "the capture" : evidence.cameras[result.reference], offset));
  }
  return result;
}

void follow_clock(TrackedFrames& frames, int camera) {
  double ahead = 0;  // of the clock, against the frames' times until now
  for (const TrackedFrame& frame : frames) {
    if (camera >= int(frame.camera_times.size()) || !std::isfinite(frame.camera_times[camera])) continue;
    ahead = frame.camera_times[camera] - frame.time;
    break;
  }
  for (TrackedFrame& frame : frames) {
    if (camera < int(frame.camera_times.size()) && std::isfinite(frame.camera_times[camera]))
      ahead = frame.camera_times[camera] - frame.time;
    frame.time += ahead;
  }
}

}  // namespace ahap

#include "reconstruction/motion/common_time.h"

#include <algorithm>
#include <cmath>

#include "reconstruction/median.h"

namespace ahap {
namespace {

constexpr double kLongestGap = 0.2;    // s between two observations of one track
constexpr double kSameInstant = 0.25;  // of the time between two frames

double capture_time(double camera_time, int view, const std::vector<CameraOffset>& offsets) {
  if (view >= int(offsets.size()) || offsets[view].source == CameraOffset::Source::none) return camera_time;
  return camera_time * (1 + offsets[view].drift) + offsets[view].seconds;
}

int views_of(const TrackedFrames& frames) {
  std::size_t views = 0;
  for (const TrackedFrame& frame : frames) views = std::max(views, frame.camera_times.size());
  return int(views);
}

bool is_in_time(const TrackedFrames& frames, int view, const std::vector<CameraOffset>& offsets,
                double tolerance) {
  return std::all_of(frames.begin(), frames.end(), [&](const TrackedFrame& frame) {
    const auto time = time_of_picture(frame, view, offsets);
    return !time || std::abs(*time - frame.time) <= tolerance;
  });
}

// share: 0 for `a`, 1 for `b`.
PersonObservation between(const PersonObservation& a, const PersonObservation& b, double share) {
  PersonObservation seen = share < 0.5 ? a : b;
  const auto mean = [share](const auto& x, const auto& y) { return (1 - share) * x + share * y; };
  for (int k = 0; k < kBodyPoints; ++k) {
    if (a.points[k].observed() && b.points[k].observed()) {
      seen.points[k].pixel = mean(a.points[k].pixel, b.points[k].pixel);
      seen.points[k].sigma = mean(a.points[k].sigma, b.points[k].sigma);
    } else {
      seen.points[k].sigma = 0;
    }
    seen.landmarks[k] = mean(a.landmarks[k], b.landmarks[k]);
    seen.visibility[k] = mean(a.visibility[k], b.visibility[k]);
  }
  seen.box = {mean(a.box.x0, b.box.x0), mean(a.box.y0, b.box.y0), mean(a.box.x1, b.box.x1),
              mean(a.box.y1, b.box.y1)};
  seen.ray_pixel = mean(a.ray_pixel, b.ray_pixel);
  return seen;
}

// Adds what the track shows at the instants of the frames.
void retime(const TrackedFrames& frames, const ViewTracklet& track, int number,
            const std::vector<CameraOffset>& offsets, TrackedFrames& out) {
  std::size_t next = 0;
  for (std::size_t i = 1; i < track.seen.size(); ++i) {
    const ObservationIndex &a = track.seen[i - 1], &b = track.seen[i];
    const auto from = time_of_picture(frames[a.frame], track.view, offsets),
               to = time_of_picture(frames[b.frame], track.view, offsets);
    if (!from || !to || !(*to > *from)) continue;
    while (next < out.size() && out[next].time < *from) ++next;
    for (; next < out.size() && out[next].time <= *to; ++next) {
      if (*to - *from > kLongestGap) continue;
      const double share = (out[next].time - *from) / (*to - *from);
      out[next].people.push_back(
          between(frames[a.frame].people[a.person], frames[b.frame].people[b.person], share));
      out[next].tracklets.push_back(number);
    }
  }
}

}  // namespace

std::optional<double> time_of_picture(const TrackedFrame& frame, int view,
                                      const std::vector<CameraOffset>& offsets) {
  if (view >= int(frame.camera_times.size()) || !std::isfinite(frame.camera_times[view])) return {};
  return capture_time(frame.camera_times[view], view, offsets);
}

TrackedFrames at_common_times(const TrackedFrames& frames, const std::vector<CameraOffset>& offsets) {
  const double rate = frame_rate_of(frames), tolerance = rate > 0 ? kSameInstant / rate : 0;
  std::vector<bool> stays(views_of(frames), true);
  if (tolerance > 0) {
    for (int v = 0; v < int(stays.size()); ++v) stays[v] = is_in_time(frames, v, offsets, tolerance);
  }
  if (std::all_of(stays.begin(), stays.end(), [](bool s) { return s; })) return frames;
  TrackedFrames out = frames;
  for (TrackedFrame& frame : out) {
    std::vector<PersonObservation> people;
    std::vector<int> tracklets;
    for (std::size_t n = 0; n < frame.people.size(); ++n) {
      if (!stays[frame.people[n].view]) continue;
      people.push_back(std::move(frame.people[n]));
      tracklets.push_back(frame.tracklets[n]);
    }
    frame.people = std::move(people);
    frame.tracklets = std::move(tracklets);
  }
  const std::vector<ViewTracklet> tracks = tracklets_of(frames);
  for (int t = 0; t < int(tracks.size()); ++t) {
    if (tracks[t].view >= 0 && !stays[tracks[t].view]) retime(frames, tracks[t], t, offsets, out);
  }
  return out;
}

std::vector<int> frame_shifts(const TrackedFrames& frames, const std::vector<CameraOffset>& offsets) {
  const double rate = frame_rate_of(frames);
  std::vector<int> shifts(views_of(frames), 0);
  for (int v = 0; v < int(shifts.size()); ++v) {
    std::vector<double> late;
    for (const TrackedFrame& frame : frames) {
      if (const auto time = time_of_picture(frame, v, offsets)) late.push_back((frame.time - *time) * rate);
    }
    shifts[v] = int(std::lround(median(std::move(late))));
  }
  return shifts;
}

}  // namespace ahap

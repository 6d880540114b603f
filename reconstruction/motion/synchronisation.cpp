#include "reconstruction/motion/synchronisation.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "reconstruction/motion/epipolar_timing.h"
#include "reconstruction/motion/offset_network.h"
#include "reconstruction/motion/offset_search.h"
#include "reconstruction/motion/smooth_track.h"
#include "reconstruction/motion/sound_signal.h"

namespace ahap {
namespace {

constexpr const char* kStage = "synchronisation";
constexpr double kClear = 4;     // log likelihood by which an offset must beat every other, and chance
constexpr double kMostMore = 2;  // times: what is shared much less may be alike by chance
constexpr double kFastestDrift = 0.0015;    // 1001/1000 taken for 1, and clocks
constexpr double kLongEnough = 20;          // s of which a drift can be seen
constexpr double kWorstSigma = 0.1;         // s; above it an offset is not known
constexpr double kNearKnown = 0.3;          // s around what is known before
constexpr double kSpeedOfSound = 343;       // m/s
constexpr double kSpreadOfMicrophones = 3;  // m, standard deviation of the difference of two ways of sound

// Samples per second of one joint: so few since joints move together (measured: strangers' signals correlate
// by 0.2 when a second and a half of all joints is compared).
constexpr double kIndependentMotion = 0.6;
constexpr double kMotionPeak = 0.1, kSoundPeak = 0.03;  // s, widths of correlations' peaks
constexpr double kShortest = 0.5;                       // s, of a track that is used
constexpr double kKnownDrift = 1e-7;                    // standard deviation, of what is known before
constexpr double kScan = 0.12, kScanStep = 0.02;        // s around a candidate

// Without reports: for parts of a step.
Progress only_stopping(const Progress& progress) {
  return {.report = {}, .stop_requested = progress.stop_requested, .publish = {}};
}

std::vector<CameraOffset> offsets_from_pairs(
    int cameras, const Progress& progress,
    const std::function<std::optional<PairTiming>(int a, int b)>& timing_of_pair) {
  std::vector<PairTiming> pairs;
  int done = 0;
  for (int a = 0; a < cameras; ++a) {
    for (int b = a + 1; b < cameras; ++b) {
      step(progress, kStage, 2.0 * done++ / (double(cameras) * (cameras - 1)));
      std::optional<PairTiming> pair = timing_of_pair(a, b);
      if (!pair) continue;
      pair->a = a;
      pair->b = b;
      pairs.push_back(*pair);
    }
  }
  return solve_offsets(cameras, pairs);
}

// By how much the first of candidates beats the others, and being anywhere by chance. What another would gain
// if as much were shared counts: movements and sounds that come again and again are as likely at their next
// turn, only cut shorter.
template <class Candidate>
double clearness(const std::vector<Candidate>& candidates, int offsets) {
  const Candidate& best = candidates[0];
  double other = std::log(std::max(2.0, offsets / (0.25 * kSignalRate)));
  for (std::size_t i = 1; i < candidates.size(); ++i) {
    const double more = std::clamp(best.shared / candidates[i].shared, 1.0, kMostMore);
    other = std::max(other, more * candidates[i].gain);
  }
  return best.gain - other;
}

OffsetSearch search_of_motion(int a, int b, const std::vector<CameraOffset>& start) {
  OffsetSearch search{
      .independent = kIndependentMotion, .sharpness = kMotionPeak, .fastest_drift = kFastestDrift};
  if (start.empty() || start[a].source == CameraOffset::Source::none ||
      start[b].source == CameraOffset::Source::none)
    return search;
  search.near = timing_between(start[a], start[b], 0);
  search.within = kNearKnown + 4 * search.near->sigma;
  search.fastest_drift = 0;
  return search;
}

double free_length(const OffsetCandidate& candidate) {
  return candidate.length >= kLongEnough ? candidate.length : 0;
}

std::optional<PairTiming> timing_by_sound(const Signal& a, const Signal& b, const Progress& progress) {
  const std::vector<Signal> whole = {b}, pieces = telling_pieces({a}).pieces;
  const OffsetCorrelation correlation(
      pieces, whole,
      {.independent = kIndependentSound, .sharpness = kSoundPeak, .fastest_drift = kFastestDrift}, progress);
  const std::vector<OffsetCandidate> candidates = correlation.candidates(progress);
  if (candidates.empty()) return std::nullopt;
  const double clear = clearness(candidates, correlation.offsets());
  if (clear < kClear) return std::nullopt;
  const OffsetCandidate& best = candidates[0];
  std::optional<Timing> timing =
      refine_timing([&](const Timing& tried) { return -correlation.gain(best.matches, tried); }, best.timing,
                    free_length(best));
  if (!timing) return std::nullopt;
  timing->sigma = std::hypot(timing->sigma, kSpreadOfMicrophones / kSpeedOfSound);
  return PairTiming{.timing = *timing, .gain = clear, .source = CameraOffset::Source::sound};
}

// The people of one camera.
struct CameraMotion {
  std::vector<SmoothTrack> tracks;
  std::vector<Signal> signals;  // of each track
  SignalPieces pieces;
};

// An offset by the signals' correlation and by epipolar lines.
struct MotionCandidate {
  std::optional<Timing> timing;  // nothing: several are as good
  double gain = 0, shared = 0;
};

MotionCandidate by_epipolar_lines(const OffsetCandidate& candidate, const CameraMotion& a,
                                  const CameraMotion& b, const std::optional<Eigen::Matrix3d>& F) {
  std::vector<SeenTwice> people;
  for (const SignalMatch& match : candidate.matches) {
    const Signal& piece = a.pieces.pieces[match.piece];
    const SmoothTrack& track = a.tracks[a.pieces.signal[match.piece]];
    const int begin = piece.first - track.first();
    people.push_back({&track, &b.tracks[match.signal], begin, begin + piece.size()});
  }
  const EpipolarTiming epipolar(people, F, kIndependentMotion);
  const auto cost = [&](const Timing& timing) { return -epipolar.gain(timing); };
  Timing best = candidate.timing;
  double least = cost(best);
  for (double shift = -kScan; shift <= kScan; shift += kScanStep) {
    Timing tried = candidate.timing;
    tried.seconds += shift;
    const double here = cost(tried);
    if (here >= least) continue;
    least = here;
    best = tried;
  }
  std::optional<Timing> timing = refine_timing(cost, best, free_length(candidate));
  if (timing && timing->sigma > kWorstSigma) timing.reset();
  return {timing, candidate.gain - cost(timing.value_or(best)), candidate.shared};
}

std::optional<PairTiming> timing_by_motion(const CameraMotion& a, const CameraMotion& b,
                                           const OffsetSearch& search,
                                           const std::optional<Eigen::Matrix3d>& F,
                                           const Progress& progress) {
  const OffsetCorrelation correlation(a.pieces.pieces, b.signals, search, progress);
  std::vector<MotionCandidate> candidates;
  for (const OffsetCandidate& candidate : correlation.candidates(progress)) {
    step(progress, kStage, 0);
    candidates.push_back(by_epipolar_lines(candidate, a, b, F));
  }
  if (candidates.empty()) return std::nullopt;
  std::sort(candidates.begin(), candidates.end(),
            [](const MotionCandidate& x, const MotionCandidate& y) { return x.gain > y.gain; });
  const double clear = clearness(candidates, correlation.offsets());
  if (clear < kClear || !candidates[0].timing) return std::nullopt;
  return PairTiming{.timing = *candidates[0].timing, .gain = clear, .source = CameraOffset::Source::motion};
}

std::vector<CameraMotion> motion_of_cameras(const std::vector<MotionTrack>& tracks, int cameras,
                                            const Progress& progress) {
  std::vector<CameraMotion> motion(cameras);
  for (const MotionTrack& track : tracks) {
    step(progress, kStage, 0);
    SmoothTrack smooth(track);
    if (smooth.size() >= kShortest * kSignalRate) motion[track.camera].tracks.push_back(std::move(smooth));
  }
  for (CameraMotion& camera : motion) {
    for (const SmoothTrack& track : camera.tracks) camera.signals.push_back(track.vertical_speeds());
    camera.pieces = telling_pieces(camera.signals);
  }
  return motion;
}

std::optional<Eigen::Matrix3d> known_fundamental(const MotionSynchronisation& known, int a, int b) {
  if (known.cameras.empty() || !known.cameras[a] || !known.cameras[b]) return std::nullopt;
  return fundamental_matrix(*known.cameras[a], *known.cameras[b]);
}

}  // namespace

std::vector<MotionTrack> motion_tracks(const TrackedFrames& frames) {
  std::vector<MotionTrack> tracks;
  for (const ViewTracklet& tracklet : tracklets_of(frames)) {
    if (tracklet.view < 0) continue;
    MotionTrack& track = tracks.emplace_back();
    track.camera = tracklet.view;
    for (const ObservationIndex& seen : tracklet.seen) {
      const std::vector<double>& own = frames[seen.frame].camera_times;
      track.times.push_back(own.empty() ? frames[seen.frame].time : own[tracklet.view]);
      track.points.push_back(frames[seen.frame].people[seen.person].points);
    }
  }
  return tracks;
}

std::vector<CameraOffset> offsets_from_sound(const std::vector<std::vector<float>>& sounds, int rate,
                                             const Progress& progress) {
  std::vector<Signal> signals;
  for (const auto& samples : sounds) {
    step(progress, kStage, 0);
    signals.push_back(sound_signal(samples, rate));
  }
  return offsets_from_pairs(int(sounds.size()), progress, [&](int a, int b) -> std::optional<PairTiming> {
    if (signals[a].size() == 0 || signals[b].size() == 0) return std::nullopt;
    return timing_by_sound(signals[a], signals[b], only_stopping(progress));
  });
}

std::vector<CameraOffset> offsets_from_motion(const std::vector<MotionTrack>& tracks, int cameras,
                                              const MotionSynchronisation& known, const Progress& progress) {
  const std::vector<CameraMotion> motion = motion_of_cameras(tracks, cameras, progress);
  return offsets_from_pairs(cameras, progress, [&](int a, int b) -> std::optional<PairTiming> {
    const OffsetSearch search = search_of_motion(a, b, known.start);
    if (const auto pair = timing_by_motion(motion[a], motion[b], search, known_fundamental(known, a, b),
                                           only_stopping(progress)))
      return pair;
    if (!search.near) return std::nullopt;
    PairTiming pair{.timing = *search.near, .gain = kClear, .source = known.start[b].source};
    pair.timing.drift_sigma = kKnownDrift;
    return pair;
  });
}

}  // namespace ahap

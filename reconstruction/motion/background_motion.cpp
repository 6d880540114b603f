#include "reconstruction/motion/background_motion.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <set>
#include <unordered_map>

#include "reconstruction/median.h"

namespace ahap {
namespace {

// Lengths: shares of the picture's longer side.
constexpr double kStill = 0.0025;    // what has gone less stays where it was
constexpr double kMoved = 0.005;     // median, of a picture that has moved
constexpr double kTogether = 0.006;  // from where the common motion has it
constexpr double kCell = 0.125;      // of a grid: points in one cell are one voice
constexpr int kFewPoints = 12, kFewCells = 6;
constexpr double kMostTogether = 0.6, kFewStill = 0.25;  // shares of the cells
constexpr int kTries = 60;                               // of a common motion, from two points each
constexpr int kPairsLookedAt = 60;                       // of pictures one distance apart
constexpr double kMovedPairs = 0.05;                     // share of them, and two at least

struct Shift {
  Eigen::Vector2d from, to;
};

std::vector<Shift> common_points(const std::vector<FollowedPoint>& a, const std::vector<FollowedPoint>& b,
                                 double side) {
  std::unordered_map<int, Eigen::Vector2f> in_a;
  for (const FollowedPoint& point : a) in_a.emplace(point.track, point.pixel);
  std::vector<Shift> shifts;
  for (const FollowedPoint& point : b) {
    const auto found = in_a.find(point.track);
    if (found != in_a.end())
      shifts.push_back({found->second.cast<double>() / side, point.pixel.cast<double>() / side});
  }
  return shifts;
}

// Turn, growth and shift of a picture: to = a from + b, as complex numbers.
struct PictureMotion {
  Eigen::Vector2d a{1, 0}, b{0, 0};

  static Eigen::Vector2d times(const Eigen::Vector2d& p, const Eigen::Vector2d& q) {
    return {p.x() * q.x() - p.y() * q.y(), p.x() * q.y() + p.y() * q.x()};
  }
  Eigen::Vector2d operator()(const Eigen::Vector2d& x) const { return times(a, x) + b; }
};

PictureMotion motion_of(const Shift& first, const Shift& second) {
  const Eigen::Vector2d before = second.from - first.from, after = second.to - first.to;
  PictureMotion motion;
  motion.a = PictureMotion::times(after, {before.x(), -before.y()}) / before.squaredNorm();
  motion.b = first.to - PictureMotion::times(motion.a, first.from);
  return motion;
}

int cell_of(const Shift& shift) {
  return int(shift.from.x() / kCell) * 1000 + int(shift.from.y() / kCell);
}

template <class Which>
int cells(const std::vector<Shift>& shifts, const Which& which) {
  std::set<int> found;
  for (const Shift& shift : shifts) {
    if (which(shift)) found.insert(cell_of(shift));
  }
  return int(found.size());
}

// The motion that most cells follow.
PictureMotion common_motion(const std::vector<Shift>& shifts) {
  std::mt19937 random(1);
  PictureMotion best;
  int most = -1;
  for (int i = 0; i < kTries; ++i) {
    const Shift &first = shifts[random() % shifts.size()], &second = shifts[random() % shifts.size()];
    if ((first.from - second.from).norm() < 2 * kCell) continue;
    const PictureMotion motion = motion_of(first, second);
    const int follow =
        cells(shifts, [&](const Shift& s) { return (motion(s.from) - s.to).norm() < kTogether; });
    if (follow > most) most = follow, best = motion;
  }
  return best;
}

CameraMotionSigns signs_between(const std::vector<Shift>& shifts) {
  const int all = cells(shifts, [](const Shift&) { return true; });
  if (int(shifts.size()) < kFewPoints || all < kFewCells) return CameraMotionSigns::unseen;
  const int still = cells(shifts, [](const Shift& s) { return (s.to - s.from).norm() < kStill; });
  if (still > kFewStill * all) return CameraMotionSigns::still;
  std::vector<double> gone;
  for (const Shift& s : shifts) gone.push_back((s.to - s.from).norm());
  if (median(std::move(gone)) < kMoved) return CameraMotionSigns::still;
  const PictureMotion motion = common_motion(shifts);
  const int together =
      cells(shifts, [&](const Shift& s) { return (motion(s.from) - s.to).norm() < kTogether; });
  return together < kMostTogether * all ? CameraMotionSigns::unclear : CameraMotionSigns::clear;
}

}  // namespace

CameraMotionSigns signs_of_motion(const BackgroundTracks& tracks, double side) {
  std::vector<const std::vector<FollowedPoint>*> pictures;
  for (const auto& points : tracks) {
    if (!points.empty()) pictures.push_back(&points);
  }
  const int count = int(pictures.size());
  auto found = CameraMotionSigns::unseen;
  for (int apart = 1; apart < count; apart *= 2) {
    const int pairs = count - apart, step = std::max(1, pairs / kPairsLookedAt);
    int looked_at = 0, unclear = 0, clear = 0;
    for (int i = 0; i < pairs; i += step) {
      const auto signs =
          signs_between(common_points(*pictures[std::size_t(i)], *pictures[std::size_t(i + apart)], side));
      looked_at += signs != CameraMotionSigns::unseen;
      clear += signs == CameraMotionSigns::clear;
      unclear += signs == CameraMotionSigns::unclear;
    }
    const double enough = std::max(count > 3 ? 2.0 : 1.0, kMovedPairs * looked_at);
    if (looked_at > 0) found = std::max(found, CameraMotionSigns::still);
    if (clear + unclear >= enough) found = std::max(found, CameraMotionSigns::unclear);
    if (clear >= enough) return CameraMotionSigns::clear;
  }
  return found;
}

}  // namespace ahap

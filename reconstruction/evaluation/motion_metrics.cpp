#include "reconstruction/evaluation/motion_metrics.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace ahap {
namespace {

constexpr int kRoot = 0;
constexpr std::array<int, 2> kFeet = {10, 11};

Joints concatenated(std::span<const Joints> frames) {
  Joints all;
  for (const Joints& joints : frames) all.insert(all.end(), joints.begin(), joints.end());
  return all;
}

void require_equal(std::size_t a, std::size_t b) {
  if (a != b) {
    throw std::invalid_argument("metric: " + std::to_string(a) + " frames against " + std::to_string(b));
  }
}

}  // namespace

Score segment_mpjpe(std::span<const Joints> predicted, std::span<const Joints> truth,
                    SegmentAlignment align) {
  require_equal(predicted.size(), truth.size());
  Score score;
  for (std::size_t first = 0; first + 1 < predicted.size(); first += kSegmentFrames) {
    const std::size_t frames = std::min<std::size_t>(kSegmentFrames, predicted.size() - first),
                      aligned = align == SegmentAlignment::all_frames ? frames : 2;
    const auto similarity = align_points(concatenated(predicted.subspan(first, aligned)),
                                         concatenated(truth.subspan(first, aligned)), AlignmentGroup::Sim3);
    if (!similarity || frames < 2) continue;
    const Joints p = concatenated(predicted.subspan(first, frames)),
                 t = concatenated(truth.subspan(first, frames));
    for (std::size_t i = 0; i < p.size(); ++i) score.add((*similarity * p[i] - t[i]).norm());
  }
  return score;
}

Score root_translation_error(std::span<const Joints> predicted, std::span<const Joints> truth) {
  require_equal(predicted.size(), truth.size());
  Joints from, to;
  double travelled = 0;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    from.push_back(predicted[i].at(kRoot));
    to.push_back(truth[i].at(kRoot));
    if (i > 0) travelled += (to[i] - to[i - 1]).norm();
  }
  const auto align = align_points(from, to, AlignmentGroup::SE3);
  if (!align) return {};
  Score distance;
  for (std::size_t i = 0; i < to.size(); ++i) distance.add((*align * from[i] - to[i]).norm());
  return {*distance.value(), travelled};
}

Score jitter(std::span<const Joints> joints, double frame_seconds) {
  Score score;
  for (std::size_t i = 0; i + 3 < joints.size(); ++i) {
    for (std::size_t j = 0; j < joints[i].size(); ++j) {
      const Eigen::Vector3d third =
          joints[i + 3].at(j) - 3 * joints[i + 2].at(j) + 3 * joints[i + 1].at(j) - joints[i][j];
      score.add(third.norm() / std::pow(frame_seconds, 3));
    }
  }
  return score;
}

Score foot_skating(std::span<const Joints> joints, std::span<const std::array<bool, 2>> contact,
                   double frame_seconds) {
  require_equal(joints.size(), contact.size());
  Score score;
  for (std::size_t i = 0; i + 1 < joints.size(); ++i) {
    for (const int side : {0, 1}) {
      if (!contact[i][side] || !contact[i + 1][side]) continue;
      const Eigen::Vector3d step = joints[i + 1].at(kFeet[side]) - joints[i].at(kFeet[side]);
      score.add(std::hypot(step.x(), step.z()) / frame_seconds);
    }
  }
  return score;
}

}  // namespace ahap

#include "reconstruction/motion/smooth_track.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>

#include "reconstruction/median.h"

namespace ahap {
namespace {

constexpr double kReach = 0.09;         // s to either side that take part: about half of the fastest swing
constexpr double kReachOfFrames = 2.1;  // frames to either side at least: a parabola needs three
constexpr std::array kJoints = {kNose,      kLeftShoulder, kRightShoulder, kLeftElbow, kRightElbow,
                                kLeftWrist, kRightWrist,   kLeftHip,       kRightHip,  kLeftKnee,
                                kRightKnee, kLeftAnkle,    kRightAnkle};

double frame_step(const std::vector<double>& times) {
  std::vector<double> steps;
  for (std::size_t i = 1; i < times.size(); ++i) steps.push_back(times[i] - times[i - 1]);
  return median(steps);
}

// The parabola of least squares through what is seen around a time; frames of index [begin, end) are near.
SmoothTrack::Sample fit(const MotionTrack& track, int point, double time, int begin, int end, double reach) {
  Eigen::Matrix3d normal = Eigen::Matrix3d::Zero();
  Eigen::Matrix<double, 3, 2> right = Eigen::Matrix<double, 3, 2>::Zero();
  int count = 0;
  double earliest = 1, latest = -1;
  for (int f = begin; f < end; ++f) {
    const ObservedPoint& seen = track.points[std::size_t(f)][std::size_t(point)];
    if (!seen.observed()) continue;
    const double t = (track.times[std::size_t(f)] - time) / reach, taper = 1 - t * t;
    const Eigen::Vector3d powers(1, t, t * t);
    normal += taper * taper / (seen.sigma * seen.sigma) * powers * powers.transpose();
    right += taper * taper / (seen.sigma * seen.sigma) * powers * seen.pixel.transpose();
    earliest = std::min(earliest, t);
    latest = std::max(latest, t);
    ++count;
  }
  if (count < 3 || earliest > 0 || latest < 0) return {};
  const Eigen::LDLT<Eigen::Matrix3d> solver(normal);
  const Eigen::Matrix<double, 3, 2> parabola = solver.solve(right);
  if (solver.rcond() < 1e-8 || !parabola.allFinite()) return {};
  return {parabola.row(0).transpose().cast<float>(), (parabola.row(1).transpose() / reach).cast<float>(),
          true};
}

}  // namespace

SmoothTrack::SmoothTrack(const MotionTrack& track) {
  if (track.times.empty()) return;
  for (int point = 0; point < kBodyPoints; ++point) {
    std::vector<double> sigmas;
    for (const auto& points : track.points) {
      if (points[std::size_t(point)].observed()) sigmas.push_back(points[std::size_t(point)].sigma);
    }
    sigma_[std::size_t(point)] = median(sigmas);
  }
  const double reach = std::max(kReach, kReachOfFrames * frame_step(track.times));
  first_ = int(std::ceil(track.times.front() * kSignalRate - 1e-6));
  const int last = int(std::floor(track.times.back() * kSignalRate + 1e-6));
  for (int n = first_; n <= last; ++n) {
    const double time = n / kSignalRate;
    const auto begin = std::upper_bound(track.times.begin(), track.times.end(), time - reach),
               end = std::lower_bound(begin, track.times.end(), time + reach);
    auto& samples = samples_.emplace_back();
    for (int point = 0; point < kBodyPoints; ++point)
      samples[std::size_t(point)] =
          fit(track, point, time, int(begin - track.times.begin()), int(end - track.times.begin()), reach);
  }
}

SmoothTrack::Sample SmoothTrack::at(double seconds, int point) const {
  const double place = seconds * kSignalRate - first_;
  const int n = int(std::floor(place));
  if (n < 0 || n + 1 >= size()) return {};
  const Sample &a = sample(n, point), &b = sample(n + 1, point);
  if (!a.seen || !b.seen) return {};
  const float t = float(place - n), u = 1 - t;  // cubic Hermite
  const Eigen::Vector2f pixel = (1 + 2 * t) * u * u * a.pixel + t * t * (3 - 2 * t) * b.pixel +
                                (t * u * u * a.velocity - t * t * u * b.velocity) / float(kSignalRate);
  return {pixel, u * a.velocity + t * b.velocity, true};
}

Signal SmoothTrack::vertical_speeds() const {
  Signal signal{.first = first_,
                .values = Eigen::MatrixXd::Zero(Eigen::Index(kJoints.size()), size()),
                .seen = Eigen::VectorXd::Zero(size())};
  for (int n = 0; n < size(); ++n) {
    for (std::size_t j = 0; j < kJoints.size(); ++j) {
      const Sample& joint = sample(n, kJoints[j]);
      if (!joint.seen) continue;
      signal.values(Eigen::Index(j), n) = double(joint.velocity.y());
      signal.seen[n] += 1.0 / double(kJoints.size());
    }
  }
  return signal;
}

}  // namespace ahap

#include "reconstruction/export/motion.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "reconstruction/body/body_mesh.h"
#include "reconstruction/body/posed_vertices.h"
#include "reconstruction/export/finite.h"

namespace ahap {
namespace {

constexpr double kMostSamples = 1e6;  // nine hours at 30 per second

Eigen::Vector3f axis_angle(const Eigen::Quaterniond& q) {
  const Eigen::AngleAxisd rotation(q);
  return (rotation.angle() * rotation.axis()).cast<float>();
}

// t from 0 (a) to 1 (b). Every rotation takes the short way; the pelvis, where SMPL's bodies turn, moves on a
// line, and so does transl = pelvis - J0.
SmplParameters between(const SmplParameters& a, const SmplParameters& b, double t) {
  SmplParameters mixed = a;
  mixed.transl += float(t) * (b.transl - a.transl);
  for (int j = 0; j < kSmplJoints; ++j)
    mixed.pose[j] = axis_angle(quaternion(a.pose[j]).slerp(t, quaternion(b.pose[j])));
  return mixed;
}

}  // namespace

Clock clock_of(const Reconstruction& range) {
  Clock clock{.rate = frame_rate(range), .seconds = {}, .samples = {}};
  bool timed = clock.rate > 0;
  for (const ReconstructedFrame& frame : range.frames) {
    const double seconds = frame.time - range.frames.front().time;
    timed = timed && (clock.seconds.empty() || seconds > clock.seconds.back());
    clock.seconds.push_back(seconds);
  }
  if (!timed || clock.seconds.back() * clock.rate > kMostSamples) {
    clock.rate = kAssumedFrameRate;
    for (std::size_t f = 0; f < clock.seconds.size(); ++f) clock.seconds[f] = double(f) / clock.rate;
  }
  for (const double seconds : clock.seconds) {
    const int rounded = int(std::lround(seconds * clock.rate));
    clock.samples.push_back(clock.samples.empty() ? 0 : std::max(rounded, clock.samples.back() + 1));
  }
  return clock;
}

SmplParameters rest_of(const Person& person) {
  SmplParameters smpl;
  smpl.betas = person.betas;
  return smpl;
}

void require_motion(const Reconstruction& range, const Person& person) {
  if (!range.body_model)
    throw std::invalid_argument("a range of frames without a body model cannot be exported");
  require_finite(person);
  for (const BodyInFrame& body : person.bodies) {
    if (body.joints.size() != kSmplJoints)
      throw std::runtime_error("the motion of " + person_label(person) + " was not written: a body has " +
                               std::to_string(body.joints.size()) + " joints instead of 24");
  }
}

Motion motion_of(const Reconstruction& range, const Person& person) {
  require_motion(range, person);
  const Clock clock = clock_of(range);
  Motion motion{.rate = clock.rate, .first = 0, .samples = {}};
  if (person.bodies.empty()) return motion;
  motion.first = clock.samples.at(person.bodies.front().frame);
  motion.samples.resize(clock.samples.at(person.bodies.back().frame) - motion.first + 1);
  for (std::size_t f = 0; f < clock.samples.size(); ++f) {
    const int sample = clock.samples[f] - motion.first;
    if (sample >= 0 && sample < int(motion.samples.size())) motion.samples[sample].frame = int(f);
  }
  int before = 0;
  for (const BodyInFrame& body : person.bodies) {
    const int here = clock.samples.at(body.frame) - motion.first;
    motion.samples[here].body = &body;
    motion.samples[here].smpl = smpl_of(person, body);
    for (int gap = before + 1; gap < here; ++gap)
      motion.samples[gap].smpl = between(motion.samples[before].smpl, motion.samples[here].smpl,
                                         double(gap - before) / (here - before));
    before = here;
  }
  return motion;
}

Eigen::Quaterniond quaternion(const Eigen::Vector3f& axis_angle) {
  const Eigen::Vector3d v = axis_angle.cast<double>();
  const double angle = v.norm();
  return angle > 0 ? Eigen::Quaterniond(Eigen::AngleAxisd(angle, v / angle)) : Eigen::Quaterniond::Identity();
}

Eigen::Quaterniond nearer(const Eigen::Quaterniond& q, const Eigen::Quaterniond& before) {
  return q.dot(before) < 0 ? Eigen::Quaterniond(-q.coeffs()) : q;
}

}  // namespace ahap

#pragma once

#include <Eigen/Geometry>
#include <array>
#include <cmath>
#include <memory>
#include <numbers>
#include <vector>

#include "reconstruction/body/procedural_body.h"
#include "reconstruction/body_fit/body_kinematics.h"
#include "reconstruction/body_fit/pose_prior.h"
#include "reconstruction/random.h"
#include "reconstruction/reconstruction.h"

namespace ahap {

inline std::shared_ptr<const BodyModel> walking_body() {
  static const auto body = std::make_shared<const BodyModel>(procedural_body(BodyDetail::low));
  return body;
}

inline const FittedBodyModel& fitted_walking_body() {
  static const FittedBodyModel model = prepare_body(*walking_body());
  return model;
}

// Below heel and toe of a foot, in the frame of its ankle.
inline Eigen::Vector3d sole(int side, bool toe) {
  const FittedBodyModel& model = fitted_walking_body();
  const int point = (toe ? kLeftToe : kLeftHeel) + side;
  return model.points[point].position.rest - model.joints[7 + side].rest -
         model.clearance[point] * Eigen::Vector3d::UnitY();
}

// A gait along +Z whose feet strike with the heel, stand flat, roll over the toe and swing.
class Gait {
 public:
  static constexpr double kPeriod = 1.1, kSpeed = 1.1;               // seconds, metres per second
  static constexpr double kFlat = 0.12, kRoll = 0.4, kSwing = 0.62;  // phases at which these begin
  static constexpr double kStrikePitch = -0.25, kLeavePitch = 0.5;   // radians, toe down is positive

  Gait() {
    while (!reachable()) height_ -= 0.002;
  }

  // heel, toe: which of a foot's ends stand at a time.
  static std::array<bool, 2> contact(int side, double t) {
    const double phase = phase_of(side, t);
    return {phase < kRoll, phase >= kFlat && phase < kSwing};
  }

  BodyState at(double t) const {
    BodyState body;
    body.root = pelvis(t);
    const double swing = 0.4 * std::sin(2 * std::numbers::pi * t / kPeriod);
    for (const int side : {0, 1}) {
      bend_leg(side, t, body);
      const double s = side == 0 ? 1 : -1;
      body.rotations[16 + side] =
          turn(s * swing, Eigen::Vector3d::UnitX()) * turn(-1.2 * s, Eigen::Vector3d::UnitZ());
      body.rotations[18 + side] = turn(-0.3 * s, Eigen::Vector3d::UnitY());
    }
    body.rotations[3] = turn(0.1 * std::sin(2 * std::numbers::pi * t / kPeriod), Eigen::Vector3d::UnitY());
    return body;
  }

 private:
  struct Foot {
    Eigen::Vector3d ankle;
    double pitch;
  };

  static Eigen::Matrix3d turn(double angle, const Eigen::Vector3d& axis) {
    return Eigen::AngleAxisd(angle, axis).toRotationMatrix();
  }
  static double cycles(int side, double t) { return t / kPeriod + 0.5 * side + 10; }
  static double phase_of(int side, double t) { return cycles(side, t) - std::floor(cycles(side, t)); }
  static double ease(double u) { return u * u * u * (10 + u * (6 * u - 15)); }  // no speed at both ends

  static const Eigen::Vector3d& rest(int joint) { return fitted_walking_body().joints[joint].rest; }

  Eigen::Vector3d pelvis(double t) const {
    const double bob = std::cos(4 * std::numbers::pi * (t / kPeriod - 0.5 * kSwing));
    return {0, height_ + 0.015 * bob, kSpeed * t};
  }

  // On the floor; also a little before and after, for the derivatives.
  static Foot standing(int side, double step, double phase) {
    double pitch = 0;
    if (phase < kFlat) pitch = kStrikePitch * (1 - ease(phase / kFlat));
    if (phase > kRoll) pitch = kLeavePitch * ease((phase - kRoll) / (1.6 * (kSwing - kRoll))) / ease(1 / 1.6);
    const double middle =
        (step - 10 - 0.5 * side + 0.5 * kSwing) * kPeriod;  // when the foot is under the hip
    const Eigen::Vector3d flat(rest(7 + side).x(), -sole(side, false).y(), kSpeed * middle);
    const Eigen::Vector3d end = sole(side, phase > kFlat);
    return {flat + end - turn(pitch, Eigen::Vector3d::UnitX()) * end, pitch};
  }

  // From standing to standing: quintic Hermite.
  static Foot swinging(int side, double step, double phase) {
    const double e = 1e-3, duration = 1 - kSwing, u = (phase - kSwing) / duration;
    const auto vector = [](const Foot& foot) {
      return Eigen::Vector4d(foot.ankle.x(), foot.ankle.y(), foot.ankle.z(), foot.pitch);
    };
    const auto leave = [&](double dt) { return vector(standing(side, step, kSwing - 1e-9 + dt)); };
    const auto strike = [&](double dt) { return vector(standing(side, step + 1, std::max(dt, 0.0))); };
    const Eigen::Vector4d p0 = leave(0), v0 = (leave(0) - leave(-e)) / e * duration;
    const Eigen::Vector4d a0 = (leave(0) - 2 * leave(-e) + leave(-2 * e)) / (e * e) * duration * duration;
    const Eigen::Vector4d p1 = strike(0);
    // Of p1 neither speed nor acceleration: the foot strikes at rest.
    const Eigen::Vector4d d = p1 - p0 - v0 - 0.5 * a0, dv = -v0 - a0, da = -a0;
    const Eigen::Vector4d c3 = 10 * d - 4 * dv + 0.5 * da, c4 = -15 * d + 7 * dv - da,
                          c5 = 6 * d - 3 * dv + 0.5 * da;
    Eigen::Vector4d foot = p0 + u * (v0 + u * (0.5 * a0 + u * (c3 + u * (c4 + u * c5))));
    foot[1] += 0.03 * 64 * std::pow(u * (1 - u), 3);
    return {foot.head<3>(), foot[3]};
  }

  static Foot foot(int side, double t) {
    const double phase = phase_of(side, t), step = std::floor(cycles(side, t));
    return phase < kSwing ? standing(side, step, phase) : swinging(side, step, phase);
  }

  // Seen from the side, hip and knee turn about X.
  void bend_leg(int side, double t, BodyState& body) const {
    const Foot goal = foot(side, t);
    const Eigen::Vector3d upper = rest(4 + side) - rest(1 + side), lower = rest(7 + side) - rest(4 + side);
    const Eigen::Vector3d reach = goal.ankle - (pelvis(t) + rest(1 + side) - rest(0));
    const auto angle = [](const Eigen::Vector3d& v) {
      return std::atan2(-v.z(), -v.y());
    };  // about X, from -Y
    const double a = std::hypot(upper.y(), upper.z()), b = std::hypot(lower.y(), lower.z()),
                 c = std::hypot(reach.y(), reach.z());
    const double at_hip = std::acos((a * a + c * c - b * b) / (2 * a * c)),
                 at_knee = std::numbers::pi - std::acos((a * a + b * b - c * c) / (2 * a * b));
    const double thigh = angle(reach) - at_hip, shin = thigh + at_knee;  // of the bones, in the world
    const double hip = thigh - angle(upper), knee = shin - angle(lower) - hip;
    body.rotations[1 + side] = turn(hip, Eigen::Vector3d::UnitX());
    body.rotations[4 + side] = turn(knee, Eigen::Vector3d::UnitX());
    body.rotations[7 + side] = turn(goal.pitch - hip - knee, Eigen::Vector3d::UnitX());
  }

  bool reachable() const {
    for (double t = 0; t < kPeriod; t += 0.01) {
      for (const int side : {0, 1}) {
        const Eigen::Vector3d reach = foot(side, t).ankle - (pelvis(t) + rest(1 + side) - rest(0));
        const double leg =
            (rest(4 + side) - rest(1 + side)).norm() + (rest(7 + side) - rest(4 + side)).norm();
        if (std::hypot(reach.y(), reach.z()) > 0.99 * leg) return false;
      }
    }
    return true;
  }

  double height_ = 1.2;  // of the pelvis
};

inline BodyState state_of(const BodyInFrame& body) {
  BodyState state;
  state.root = body.transl.cast<double>() + fitted_walking_body().joints[0].rest;
  for (int j = 0; j < kSmplJoints; ++j) state.rotations[j] = rotation_of(body.pose[j].cast<double>());
  return state;
}

// The point of the sole in the world.
inline Eigen::Vector3d sole_of(const BodyState& state, int side, bool toe) {
  const PosedBody posed = pose_body(fitted_walking_body(), state);
  return posed.joints[7 + side] + posed.world_from_joint[7 + side] * sole(side, toe);
}

inline BodyInFrame body_of(int frame, const BodyState& state) {
  const FittedBodyModel& model = fitted_walking_body();
  BodyInFrame body;
  body.frame = frame;
  body.transl = (state.root - model.joints[0].rest).cast<float>();
  for (int j = 0; j < kSmplJoints; ++j) body.pose[j] = rotation_vector(state.rotations[j]).cast<float>();
  for (const Eigen::Vector3d& joint : pose_body(model, state).joints)
    body.joints.push_back(joint.cast<float>());
  body.triangulated = true;
  body.position_sigma = 0.015;
  body.detections = {0};
  return body;
}

// One person walks; heading: radians about Y.
inline Reconstruction walk(const std::vector<double>& times, double heading = 0) {
  const Gait gait;
  Reconstruction range;
  range.body_model = walking_body();
  Person& person = range.people.emplace_back();
  person.id = 1;
  const Eigen::Matrix3d R = Eigen::AngleAxisd(heading, Eigen::Vector3d::UnitY()).toRotationMatrix();
  for (std::size_t f = 0; f < times.size(); ++f) {
    ReconstructedFrame& frame = range.frames.emplace_back();
    frame.number = int(f);
    frame.time = times[f];
    BodyState state = gait.at(times[f]);
    state.root = R * state.root;
    state.rotations[0] = R * state.rotations[0];
    person.bodies.push_back(body_of(int(f), state));
  }
  return range;
}

inline std::vector<double> steady_times(int n, double rate = 30) {
  std::vector<double> times;
  for (int f = 0; f < n; ++f) times.push_back(f / rate);
  return times;
}

// As bodies fitted frame by frame come: joints turned by 3 degrees, the pelvis 1.5 cm off along each axis,
// one body in thirty half a metre off, one in ten missing.
inline Reconstruction shaken(const Reconstruction& truth, std::uint64_t seed = 1) {
  Random random(seed);
  const auto noise = [&](double sigma) {
    Eigen::Vector3d v;
    for (double& x : v) x = random.normal(0, float(sigma));
    return v;
  };
  Reconstruction raw = truth;
  for (Person& person : raw.people) {
    std::vector<BodyInFrame> bodies;
    for (const BodyInFrame& body : person.bodies) {
      const bool at_end = &body == &person.bodies.front() || &body == &person.bodies.back();
      if (!at_end && random.chance(0.1f)) continue;
      BodyState state = state_of(body);
      state.root += noise(0.015);
      if (random.chance(1 / 30.f)) state.root += 0.5 * noise(1).normalized();
      for (const int j : {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21})
        state.rotations[j] =
            rotation_of(noise(3 * std::numbers::pi / 180 / std::sqrt(3))) * state.rotations[j];
      bodies.push_back(body_of(body.frame, state));
    }
    person.bodies = std::move(bodies);
  }
  return raw;
}

}  // namespace ahap

#include "reconstruction/motion/smoothing.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "reconstruction/body/posed_vertices.h"
#include "tests/motion/walking_person.h"

namespace ahap {
namespace {

// Mean norm of the joints' third derivative, metres per second cubed.
double jitter(const Reconstruction& range) {
  const std::vector<BodyInFrame>& bodies = range.people.at(0).bodies;
  double sum = 0;
  int count = 0;
  for (std::size_t i = 0; i + 3 < bodies.size(); ++i) {
    for (int j = 0; j < kSmplJoints; ++j, ++count) {
      Eigen::Vector3d derivative = Eigen::Vector3d::Zero();
      for (std::size_t k = i; k < i + 4; ++k) {
        double divided = 6;
        for (std::size_t other = i; other < i + 4; ++other)
          if (other != k)
            divided /= range.frames[bodies[k].frame].time - range.frames[bodies[other].frame].time;
        derivative += divided * bodies[k].joints[j].cast<double>();
      }
      sum += derivative.norm();
    }
  }
  return sum / count;
}

// Mean speed of heels and toes while they truly stand, metres per second.
double skating(const Reconstruction& range) {
  const std::vector<BodyInFrame>& bodies = range.people.at(0).bodies;
  double sum = 0;
  int count = 0;
  for (std::size_t i = 0; i + 1 < bodies.size(); ++i) {
    const double time = range.frames[bodies[i].frame].time, next = range.frames[bodies[i + 1].frame].time;
    for (const int side : {0, 1}) {
      for (const bool toe : {false, true}) {
        if (!Gait::contact(side, time)[toe] || !Gait::contact(side, next)[toe]) continue;
        sum +=
            (sole_of(state_of(bodies[i + 1]), side, toe) - sole_of(state_of(bodies[i]), side, toe)).norm() /
            (next - time);
        ++count;
      }
    }
  }
  return sum / count;
}

// Mean distance of joints, metres.
double joint_error(const Reconstruction& range, const Reconstruction& truth) {
  double sum = 0;
  int count = 0;
  for (const BodyInFrame& body : range.people.at(0).bodies) {
    for (int j = 0; j < kSmplJoints; ++j, ++count)
      sum += (body.joints[j] - truth.people[0].bodies[body.frame].joints[j]).norm();
  }
  return sum / count;
}

// The largest distance of a joint from one frame to the next, metres.
double largest_step(const Reconstruction& range) {
  const std::vector<BodyInFrame>& bodies = range.people.at(0).bodies;
  float largest = 0;
  for (std::size_t i = 0; i + 1 < bodies.size(); ++i)
    for (int j = 0; j < kSmplJoints; ++j)
      largest = std::max(largest, (bodies[i + 1].joints[j] - bodies[i].joints[j]).norm());
  return largest;
}

void expect_same(const Reconstruction& a, const Reconstruction& b) {
  ASSERT_EQ(a.people.size(), b.people.size());
  for (std::size_t p = 0; p < a.people.size(); ++p) {
    ASSERT_EQ(a.people[p].bodies.size(), b.people[p].bodies.size());
    for (std::size_t i = 0; i < a.people[p].bodies.size(); ++i) {
      const BodyInFrame &one = a.people[p].bodies[i], &other = b.people[p].bodies[i];
      EXPECT_EQ(one.frame, other.frame);
      EXPECT_EQ(one.transl, other.transl);
      EXPECT_EQ(one.pose, other.pose);
      EXPECT_EQ(one.joints, other.joints);
      EXPECT_EQ(one.foot_contact, other.foot_contact);
    }
  }
}

void expect_looks_right(const Reconstruction& truth) {
  const int tries = 5;
  double skated = 0;
  for (int seed = 0; seed < tries; ++seed) {
    const Reconstruction raw = shaken(truth, seed), smooth = with_smooth_motion(raw);
    ASSERT_EQ(smooth.people[0].bodies.size(), truth.frames.size());
    EXPECT_GT(jitter(raw), 20 * jitter(truth));
    EXPECT_LT(jitter(smooth), 1.5 * jitter(truth));
    EXPECT_LT(joint_error(smooth, truth), 0.5 * joint_error(raw, truth));
    EXPECT_LT(largest_step(smooth), 1.5 * largest_step(truth));
    EXPECT_GT(skating(raw), 1);
    skated += skating(smooth) / tries;
  }
  EXPECT_LT(skated, 0.02);
}

TEST(SmoothMotion, LooksRight) {
  expect_looks_right(walk(steady_times(150)));
}

TEST(SmoothMotion, LooksRightForSomebodyWhoWalksBackwards) {
  expect_looks_right(walk(steady_times(150), std::numbers::pi));  // rotation vectors jump from pi to -pi
}

TEST(SmoothMotion, LooksRightAtUnevenTimes) {
  std::vector<double> times = steady_times(150);
  for (std::size_t f = 0; f < times.size(); ++f) times[f] += 0.007 * std::sin(2.3 * double(f));
  expect_looks_right(walk(times));
}

TEST(SmoothMotion, DoesNotLag) {
  const Reconstruction truth = walk(steady_times(120));
  const Reconstruction smooth = with_smooth_motion(truth, {.plant_feet = false});
  for (int f = 0; f < 120; ++f) {
    EXPECT_LT((smooth.people[0].bodies[f].joints[0] - truth.people[0].bodies[f].joints[0]).norm(), 0.02) << f;
    EXPECT_LT((smooth.people[0].bodies[f].joints[20] - truth.people[0].bodies[f].joints[20]).norm(), 0.01)
        << f;
  }
}

TEST(SmoothMotion, KeepsTheJointsThatFollowFromThePose) {
  const Reconstruction smooth = with_smooth_motion(shaken(walk(steady_times(20))));
  for (const BodyInFrame& body : smooth.people[0].bodies) {
    SmplParameters smpl;
    smpl.pose = body.pose;
    smpl.transl = body.transl;
    const auto expected = posed_joints(*smooth.body_model, smpl);
    for (int j = 0; j < kSmplJoints; ++j) EXPECT_LT((body.joints[j] - expected[j]).norm(), 1e-4f);
  }
}

TEST(SmoothMotion, ChangesNothingAtStrengthZero) {
  const Reconstruction raw = shaken(walk(steady_times(30)));
  expect_same(with_smooth_motion(raw, {.strength = 0}), raw);
}

TEST(SmoothMotion, GrowsWithStrength) {
  const Reconstruction raw = shaken(walk(steady_times(90)));
  double before = jitter(raw);
  for (const double strength : {0.01, 0.3, 0.6, 1.0, 1.5}) {
    const double now = jitter(with_smooth_motion(raw, {.strength = strength, .plant_feet = false}));
    EXPECT_LT(now, before) << strength;
    before = now;
  }
}

TEST(SmoothMotion, IsEachPersonsOwn) {
  Reconstruction raw = shaken(walk(steady_times(30)));
  raw.people.push_back(raw.people[0]);
  raw.people[1].id = 2;
  const Reconstruction smooth = with_smooth_motion(raw, {.person_strength = {{2, 0}}});
  Reconstruction second = raw, second_smooth = smooth;
  second.people.erase(second.people.begin());
  second_smooth.people.erase(second_smooth.people.begin());
  expect_same(second_smooth, second);
  EXPECT_LT(jitter(smooth), 0.1 * jitter(raw));
}

TEST(SmoothMotion, FillsGapsInAndMarksThem) {
  const Reconstruction truth = walk(steady_times(90));
  Reconstruction raw = truth;
  std::vector<BodyInFrame>& bodies = raw.people[0].bodies;
  bodies.erase(bodies.begin() + 40, bodies.begin() + 48);
  const Reconstruction smooth = with_smooth_motion(raw);
  ASSERT_EQ(smooth.people[0].bodies.size(), 90u);
  for (int f = 0; f < 90; ++f) {
    const BodyInFrame& body = smooth.people[0].bodies[f];
    EXPECT_EQ(body.frame, f);
    EXPECT_EQ(body.detections.empty(), f >= 40 && f < 48);
    EXPECT_LT((body.joints[0] - truth.people[0].bodies[f].joints[0]).norm(), 0.04f) << f;
  }
}

TEST(SmoothMotion, LeavesLongGapsOpen) {
  const Reconstruction truth = walk(steady_times(120));
  Reconstruction raw = truth;
  std::vector<BodyInFrame>& bodies = raw.people[0].bodies;
  bodies.erase(bodies.begin() + 40, bodies.begin() + 80);
  for (auto body = bodies.begin() + 40; body != bodies.end(); ++body) body->transl.x() += 4;
  const Reconstruction smooth = with_smooth_motion(raw);
  ASSERT_EQ(smooth.people[0].bodies.size(), 80u);
  EXPECT_EQ(smooth.people[0].bodies[40].frame, 80);
  for (int i = 0; i < 80; ++i)
    EXPECT_NEAR(smooth.people[0].bodies[i].joints[0].x(), i < 40 ? 0 : 4, 0.01) << "each side by itself";
}

TEST(SmoothMotion, DoesNotBelieveABodyThatJumpsAwayAndBack) {
  const Reconstruction truth = walk(steady_times(90));
  Reconstruction raw = truth;
  for (const int f : {0, 30, 31, 32, 60, 89}) raw.people[0].bodies[f].transl.x() += 3;
  for (const int f : {15, 45, 46, 70}) raw.people[0].bodies[f].pose[0] = {0, 3, 0};  // turned round
  const Reconstruction smooth = with_smooth_motion(raw);
  ASSERT_EQ(smooth.people[0].bodies.size(), 90u);
  EXPECT_LT(joint_error(smooth, truth), 0.01);
  EXPECT_LT(largest_step(smooth), 1.5 * largest_step(truth));
}

TEST(SmoothMotion, TrustsSurePlacesMore) {
  const Reconstruction truth = walk(steady_times(90));
  Reconstruction raw = truth;
  for (int f = 40; f < 45; ++f) raw.people[0].bodies[f].transl.x() += 0.1f;
  const auto error = [&] {
    return std::abs(with_smooth_motion(raw, {.plant_feet = false}).people[0].bodies[42].joints[0].x());
  };
  const double sure = error();
  for (int f = 40; f < 45; ++f) raw.people[0].bodies[f].position_sigma = 0.06;
  EXPECT_LT(error(), sure);
}

TEST(SmoothMotion, AssumesThirtyFramesASecondWhereTimesAreNotKnown) {
  const Reconstruction raw = shaken(walk(steady_times(60)));
  Reconstruction timeless = raw;
  for (ReconstructedFrame& frame : timeless.frames) frame.time = 0;
  expect_same(with_smooth_motion(timeless), with_smooth_motion(raw));
}

TEST(SmoothMotion, WorksForFewBodies) {
  const Reconstruction truth = walk(steady_times(30));
  for (const std::vector<int>& frames : {std::vector<int>{12}, {12, 13}, {0, 29}, {3, 4, 20}}) {
    Reconstruction raw = truth;
    std::erase_if(raw.people[0].bodies, [&](const BodyInFrame& body) {
      return std::find(frames.begin(), frames.end(), body.frame) == frames.end();
    });
    const Reconstruction smooth = with_smooth_motion(raw, {.plant_feet = false});
    ASSERT_EQ(smooth.people[0].bodies.size(), std::size_t(frames.back() - frames.front() + 1));
    for (const int f : frames)
      EXPECT_LT((smooth.people[0].bodies[f - frames.front()].joints[0] - truth.people[0].bodies[f].joints[0])
                    .norm(),
                1e-3f);
  }
  for (const int n : {1, 2, 3}) {
    const Reconstruction few = walk(steady_times(n));
    EXPECT_LT(joint_error(with_smooth_motion(few), few), 0.01) << n;
  }
  Reconstruction nobody = truth;
  nobody.people[0].bodies.clear();
  EXPECT_TRUE(with_smooth_motion(nobody).people[0].bodies.empty());
}

TEST(SmoothMotion, FillsInForBodiesThatAreNoNumbers) {
  const Reconstruction truth = walk(steady_times(30));
  Reconstruction raw = truth;
  raw.people[0].bodies[10].transl.x() = std::numeric_limits<float>::quiet_NaN();
  raw.people[0].bodies[20].pose[5].y() = std::numeric_limits<float>::infinity();
  EXPECT_LT(joint_error(with_smooth_motion(raw), truth), 0.01);
}

TEST(SmoothMotion, LeavesAloneWhatItCannotPose) {
  Reconstruction raw = shaken(walk(steady_times(10)));
  for (BodyInFrame& body : raw.people[0].bodies) body.smplx.emplace();
  expect_same(with_smooth_motion(raw), raw);
  raw = shaken(walk(steady_times(10)));
  raw.body_model = nullptr;
  expect_same(with_smooth_motion(raw), raw);
}

}  // namespace
}  // namespace ahap

#include "reconstruction/evaluation/motion_metrics.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/fixtures/random_geometry.h"

namespace ahap {
namespace {

using Eigen::Vector3d;

constexpr double kFrame = 1.0 / 30;  // seconds

// Somebody who goes 0.04 m along x per frame, up and down a little, in a stiff pose.
std::vector<Joints> walker(int frames) {
  RandomGeometry random(1);
  const Joints pose = random.points(24, 0.4);
  std::vector<Joints> track;
  for (int i = 0; i < frames; ++i) {
    track.push_back(pose);
    for (Vector3d& joint : track.back()) joint += Vector3d(0.04 * i, 0.02 * std::sin(0.4 * i), 0);
  }
  return track;
}

std::vector<Joints> moved(std::vector<Joints> track, const Similarity& S) {
  for (Joints& joints : track)
    for (Vector3d& joint : joints) joint = S * joint;
  return track;
}

const Similarity kElsewhere{
    1.3, Eigen::AngleAxisd(1, Vector3d(1, 2, 3).normalized()).toRotationMatrix(), {4, 5, 6}};

double value(const Score& score) {
  return score.value().value_or(NAN);
}

TEST(SegmentMpjpe, ignores_one_similarity_of_the_segment) {
  const auto truth = walker(50), predicted = moved(truth, kElsewhere);
  EXPECT_NEAR(value(segment_mpjpe(predicted, truth, SegmentAlignment::all_frames)), 0, 1e-9);
  EXPECT_NEAR(value(segment_mpjpe(predicted, truth, SegmentAlignment::first_two_frames)), 0, 1e-9);
}

TEST(SegmentMpjpe, shows_drift_after_the_first_two_frames) {
  const auto truth = walker(42);
  auto predicted = truth;
  for (int i = 2; i < 42; ++i)
    for (Vector3d& joint : predicted[i]) joint.z() += 0.5;
  // 40 of 42 frames are half a metre away.
  EXPECT_NEAR(value(segment_mpjpe(predicted, truth, SegmentAlignment::first_two_frames)), 0.5 * 40 / 42,
              1e-9);
  EXPECT_LT(value(segment_mpjpe(predicted, truth, SegmentAlignment::all_frames)), 0.1);
}

TEST(SegmentMpjpe, aligns_every_hundred_frames_anew) {
  const auto truth = walker(150);
  auto predicted = truth;
  for (int i = 100; i < 150; ++i)
    for (Vector3d& joint : predicted[i]) joint.z() += 3;
  EXPECT_NEAR(value(segment_mpjpe(predicted, truth, SegmentAlignment::all_frames)), 0, 1e-9);
}

TEST(SegmentMpjpe, has_no_answer_for_a_single_frame) {
  const auto one = walker(1);
  EXPECT_FALSE(segment_mpjpe(one, one, SegmentAlignment::all_frames).value());
}

TEST(RootTranslationError, is_the_error_per_distance_travelled) {
  // A square of 1 m sides, and the same 10 % larger: its corners lie 0.1 * sqrt(0.5) m outside after the best
  // rigid alignment, the way is 3 m.
  std::vector<Joints> truth, predicted;
  for (const Vector3d& corner :
       {Vector3d(0, 0, 0), Vector3d(1, 0, 0), Vector3d(1, 0, 1), Vector3d(0, 0, 1)}) {
    truth.push_back({corner});
    predicted.push_back({1.1 * corner + Vector3d(7, 8, 9)});
  }
  EXPECT_NEAR(value(root_translation_error(predicted, truth)), 0.1 * std::sqrt(0.5) / 3, 1e-9);
  EXPECT_NEAR(value(root_translation_error(truth, truth)), 0, 1e-9);
}

TEST(Jitter, of_a_cubic_is_its_third_derivative) {
  std::vector<Joints> track;
  for (int i = 0; i < 10; ++i) {
    const double t = i * kFrame;
    track.push_back({Vector3d(t, 2 * t * t, 5 * t * t * t)});
  }
  EXPECT_NEAR(value(jitter(track, kFrame)), 30, 1e-6);
}

TEST(Jitter, needs_four_frames) {
  EXPECT_FALSE(jitter(walker(3), kFrame).value());
}

TEST(FootSkating, is_the_horizontal_speed_of_feet_in_contact) {
  std::vector<Joints> track(3, Joints(24, Vector3d::Zero()));
  track[1][10] = {0.003, 0.5, 0.004};  // left: 5 mm, and up
  track[2][10] = {1, 0, 1};
  track[1][11] = {1, 1, 1};  // right: in the air
  std::vector<std::array<bool, 2>> contact = {{true, false}, {true, false}, {false, false}};
  EXPECT_NEAR(value(foot_skating(track, contact, kFrame)), 0.005 / kFrame, 1e-9);
  contact[1] = {false, false};
  EXPECT_FALSE(foot_skating(track, contact, kFrame).value());
}

TEST(MotionMetrics, tracks_of_different_length_are_refused) {
  EXPECT_THROW(segment_mpjpe(walker(3), walker(4), SegmentAlignment::all_frames), std::invalid_argument);
  EXPECT_THROW(root_translation_error(walker(3), walker(4)), std::invalid_argument);
}

}  // namespace
}  // namespace ahap

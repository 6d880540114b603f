#include "reconstruction/motion/background_motion.h"

#include <gtest/gtest.h>

#include "tests/motion/filmed_background.h"

namespace ahap {
namespace {

const Camera kCamera = camera_looking_at({0, 1.5, 4}, {0, 1, 0});
constexpr double kSide = 640;
using Signs = CameraMotionSigns;

std::vector<Camera> still(int frames) {
  return std::vector<Camera>(std::size_t(frames), kCamera);
}

TEST(BackgroundMotion, OfACameraThatStandsStillIsNone) {
  EXPECT_EQ(signs_of_motion(filmed(points_of_place(1, 300), still(60), 0.7), kSide), Signs::still);
}

TEST(BackgroundMotion, OfPansAndWalksIsNoticed) {
  const auto points = points_of_place(2, 300);
  EXPECT_EQ(signs_of_motion(filmed(points, panning(kCamera, 60, 0.05)), kSide), Signs::clear)
      << "3 degrees in all";
  EXPECT_EQ(signs_of_motion(filmed(points, carried({0, 1.5, 4}, {0, 1, 0}, 60, 0.5)), kSide), Signs::clear);
}

TEST(BackgroundMotion, OfAShortPanInALongTakeIsNoticed) {
  std::vector<Camera> cameras = still(100);
  for (const Camera& camera : panning(kCamera, 12, 0.5)) cameras.push_back(camera);
  cameras.resize(200, cameras.back());
  EXPECT_EQ(signs_of_motion(filmed(points_of_place(3, 300), cameras), kSide), Signs::clear);
}

// Most points are on people, who walk by together; walls are seen between them.
TEST(BackgroundMotion, IsNotThatOfAPassingCrowd) {
  BackgroundTracks tracks = filmed(points_of_place(4, 60), still(60));
  RandomGeometry random(4);
  for (int i = 0; i < 120; ++i) {
    const Eigen::Vector2d at(random.uniform(0, 500), random.uniform(100, 400));
    for (int f = 0; f < 60; ++f)
      tracks[std::size_t(f)].push_back({1000 + i, (at + Eigen::Vector2d(2.0 * f, 0)).cast<float>()});
  }
  EXPECT_EQ(signs_of_motion(tracks, kSide), Signs::still);
}

TEST(BackgroundMotion, IsUnclearBeforeLeavesAndWater) {
  BackgroundTracks tracks(60);
  RandomGeometry random(6);
  for (int i = 0; i < 200; ++i) {
    const Eigen::Vector2d at(random.uniform(0, 640), random.uniform(0, 480));
    for (auto& shown : tracks)
      shown.push_back({i, (at + Eigen::Vector2d(random.normal(6), random.normal(6))).cast<float>()});
  }
  EXPECT_EQ(signs_of_motion(tracks, kSide), Signs::unclear);
}

TEST(BackgroundMotion, IsUnknownWherePicturesShareNothing) {
  EXPECT_EQ(signs_of_motion({}, kSide), Signs::unseen);
  EXPECT_EQ(signs_of_motion(BackgroundTracks(10), kSide), Signs::unseen);
  BackgroundTracks tracks = filmed(points_of_place(7, 100), still(10));
  for (int f = 0; f < 10; ++f)
    for (FollowedPoint& point : tracks[std::size_t(f)]) point.track += 1000 * f;
  EXPECT_EQ(signs_of_motion(tracks, kSide), Signs::unseen);
}

}  // namespace
}  // namespace ahap

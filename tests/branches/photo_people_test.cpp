#include "reconstruction/branches/photo/photo_people.h"

#include <gtest/gtest.h>

namespace ahap {
namespace {

constexpr Box kBox{100, 100, 200, 400};  // 300 pixels high; the trunk below measures 100

CocoPose standing() {
  CocoPose pose;
  const double xy[kCocoPoints][2] = {{150, 120}, {155, 115}, {145, 115}, {160, 118}, {140, 118}, {175, 150},
                                     {125, 150}, {185, 200}, {115, 200}, {188, 250}, {112, 250}, {165, 250},
                                     {135, 250}, {166, 320}, {134, 320}, {167, 390}, {133, 390}};
  for (int k = 0; k < kCocoPoints; ++k) pose[k] = {{xy[k][0], xy[k][1]}, 0.9};
  return pose;
}

// BlazePose's landmarks at the same places; the others lie at the ankles, wrists and nose that they hang on.
BodyLandmarks landmarks_of(const CocoPose& pose) {
  constexpr int kLandmarkOfCoco[kCocoPoints] = {0,  2,  5,  7,  8,  11, 12, 13, 14,
                                                15, 16, 23, 24, 25, 26, 27, 28};
  BodyLandmarks landmarks;
  for (Landmark& point : landmarks.points)
    point = {.pixel = {150, 200}, .visibility = 0.9, .body = {0, 0, 0}};
  for (int k = 0; k < kCocoPoints; ++k) landmarks.points[kLandmarkOfCoco[k]].pixel = pose[k].pixel;
  return landmarks;
}

TEST(FusePointsTest, WhereBothNetworksAgreeTheirMeanIsSure) {
  const CocoPose pose = standing();
  BodyLandmarks landmarks = landmarks_of(pose);
  landmarks.points[15].pixel += Eigen::Vector2d(4, 0);  // the left wrist, 0.04 of the trunk away
  const auto points = fuse_points(pose, landmarks, kBox, 640, 480);
  EXPECT_NEAR((points[kLeftWrist].pixel - Eigen::Vector2d(190, 250)).norm(), 0, 1e-9);
  EXPECT_NEAR(points[kLeftWrist].sigma, 0.96 * 300 * std::hypot(0.008, 0.006) / std::sqrt(2.0), 1e-9);
}

TEST(FusePointsTest, WhereTheyDisagreeThunderCountsAndIsUnsure) {
  const CocoPose pose = standing();
  BodyLandmarks landmarks = landmarks_of(pose);
  landmarks.points[15].pixel += Eigen::Vector2d(60, 0);
  const auto points = fuse_points(pose, landmarks, kBox, 640, 480);
  EXPECT_EQ(points[kLeftWrist].pixel, pose[kLeftWrist].pixel);
  EXPECT_GT(points[kLeftWrist].sigma, 5 * points[kRightWrist].sigma);
  EXPECT_FALSE(points[kLeftIndex].observed()) << "a hand hangs on its wrist";
  EXPECT_TRUE(points[kRightIndex].observed());
}

TEST(FusePointsTest, UnsureJointsThatDisagreeAndThoseAtTheBorderDoNotCount) {
  CocoPose pose = standing();
  pose[kLeftKnee].score = 0.35;
  pose[kRightKnee].score = 0.1;
  pose[kLeftAnkle].pixel = {167, 479};
  BodyLandmarks landmarks = landmarks_of(pose);
  landmarks.points[25].pixel += Eigen::Vector2d(50, 0);
  const auto points = fuse_points(pose, landmarks, kBox, 640, 480);
  EXPECT_FALSE(points[kLeftKnee].observed());
  EXPECT_FALSE(points[kRightKnee].observed());
  EXPECT_FALSE(points[kLeftAnkle].observed());
  EXPECT_TRUE(points[kRightAnkle].observed());
}

TEST(PoseSimilarityTest, IsOneForThePoseItselfAndFallsWithDistance) {
  const CocoPose pose = standing();
  CocoPose near = pose, far = pose;
  for (ScoredPoint& joint : near) joint.pixel.x() += 5;
  for (ScoredPoint& joint : far) joint.pixel.x() += 120;
  const double area = 100 * 300;
  EXPECT_NEAR(pose_similarity(pose, pose, area), 1, 1e-9);
  EXPECT_GT(pose_similarity(pose, near, area), 0.8);
  EXPECT_LT(pose_similarity(pose, far, area), 0.1);
  EXPECT_DOUBLE_EQ(pose_similarity(pose, near, area), pose_similarity(near, pose, area));
}

TEST(LandmarkRegionTest, HoldsThePersonWithTheTrunkUpright) {
  CocoPose pose = standing();
  const PictureRegion region = landmark_region(pose);
  EXPECT_NEAR(region.angle, 0, 1e-9);
  EXPECT_NEAR((region.center - Eigen::Vector2d(150, 250)).norm(), 0, 1e-9);
  for (const ScoredPoint& joint : pose) {
    const Eigen::Vector2d at = region.from_picture(joint.pixel, 1);
    EXPECT_TRUE(at.x() > 0 && at.y() > 0 && at.x() < 1 && at.y() < 1);
  }
  for (ScoredPoint& joint : pose) joint.pixel = {-joint.pixel.y(), joint.pixel.x()};  // turned clockwise
  EXPECT_NEAR(landmark_region(pose).angle, M_PI / 2, 1e-9);
}

}  // namespace
}  // namespace ahap

#include "reconstruction/motion/camera_path.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <Eigen/Dense>

#include "tests/motion/filmed_background.h"

namespace ahap {
namespace {

using ::testing::Each;

const Camera kCamera = camera_looking_at({0, 1.5, 4}, {0, 1, 0});

std::vector<double> times(std::size_t frames) {
  std::vector<double> times;
  for (std::size_t f = 0; f < frames; ++f) times.push_back(double(f) / 25);
  return times;
}

CameraPath found(const BackgroundTracks& tracks, double focal_error = 1, double focal_sigma = 0.25) {
  return find_camera_path(tracks, times(tracks.size()),
                          {kCamera.width, kCamera.height, focal_error * kCamera.K(0, 0), focal_sigma});
}

// Largest angle between true and found turns since the first picture, degrees.
double rotation_error(const CameraPath& path, const std::vector<Camera>& cameras) {
  double most = 0;
  for (std::size_t f = 0; f < cameras.size(); ++f) {
    const Eigen::Matrix3d truth =
        cameras[0].world_from_camera.linear().transpose() * cameras[f].world_from_camera.linear();
    most = std::max(most, Eigen::AngleAxisd(path.path_from_camera[f].linear().transpose() * truth).angle());
  }
  return most * 180 / EIGEN_PI;
}

// Root mean square of the distances between true and found places, once these are aligned by a similarity.
double path_error(const CameraPath& path, const std::vector<Camera>& cameras) {
  Eigen::Matrix3Xd truth(3, cameras.size()), estimate(3, cameras.size());
  for (std::size_t f = 0; f < cameras.size(); ++f) {
    truth.col(Eigen::Index(f)) = cameras[f].center();
    estimate.col(Eigen::Index(f)) = path.path_from_camera[f].translation();
  }
  const Eigen::Matrix4d aligned = Eigen::umeyama(estimate, truth, true);
  const Eigen::Matrix3Xd moved =
      (aligned.topLeftCorner<3, 3>() * estimate).colwise() + Eigen::Vector3d(aligned.topRightCorner<3, 1>());
  return std::sqrt((moved - truth).colwise().squaredNorm().mean());
}

TEST(CameraPath, OfAPanIsATurnInOnePlace) {
  const std::vector<Camera> cameras = panning(kCamera, 50, 0.8);
  const CameraPath path = found(filmed(points_of_place(1, 600), cameras), 1, 0);
  ASSERT_EQ(path.path_from_camera.size(), 50u);
  EXPECT_FALSE(path.travels);
  EXPECT_THAT(path.told, Each(true));
  EXPECT_LT(rotation_error(path, cameras), 0.1) << "degrees, of 39";
  for (const Eigen::Isometry3d& pose : path.path_from_camera) EXPECT_EQ(pose.translation().norm(), 0);
}

TEST(CameraPath, OfAPanTellsTheFocalLength) {
  const std::vector<Camera> cameras = panning(kCamera, 50, 0.8);
  const CameraPath path = found(filmed(points_of_place(2, 600), cameras), 1.2);
  EXPECT_NEAR(path.focal_length / kCamera.K(0, 0), 1, 0.02);
  EXPECT_LT(rotation_error(path, cameras), 0.5);
}

TEST(CameraPath, OfACarriedCameraHasTheRightShape) {
  const std::vector<Camera> cameras = carried({-0.5, 1.5, 4}, {0, 1, -1}, 60, 1);
  const CameraPath path = found(filmed(points_of_place(3, 400), cameras), 1.1);
  EXPECT_TRUE(path.travels);
  EXPECT_LT(path_error(path, cameras), 0.02) << "metres, of 1";
  EXPECT_LT(rotation_error(path, cameras), 0.5);
  EXPECT_GT(path.points.size(), 100u);
}

TEST(CameraPath, BearsPointsThatMoveByThemselves) {
  const std::vector<Camera> cameras = carried({-0.5, 1.5, 4}, {0, 1, -1}, 60, 1);
  BackgroundTracks tracks = filmed(points_of_place(4, 400), cameras);
  for (std::size_t f = 0; f < tracks.size(); ++f) {
    for (FollowedPoint& point : tracks[f])
      if (point.track % 20 == 0) point.pixel.x() += 1.5f * float(f);
  }
  const CameraPath path = found(tracks);
  EXPECT_TRUE(path.travels);
  EXPECT_LT(path_error(path, cameras), 0.03);
}

TEST(CameraPath, BridgesPicturesThatShowNothing) {
  const std::vector<Camera> cameras = panning(kCamera, 50, 0.8);
  BackgroundTracks tracks = filmed(points_of_place(5, 600), cameras);
  for (int f = 20; f < 25; ++f) tracks[std::size_t(f)].clear();
  const CameraPath path = found(tracks, 1, 0);
  for (int f = 0; f < 50; ++f) EXPECT_EQ(path.told[std::size_t(f)], f < 20 || f >= 25) << f;
  EXPECT_LT(rotation_error(path, cameras), 0.2);
}

TEST(CameraPath, OfPicturesThatShareNothingIsEmpty) {
  EXPECT_TRUE(found(BackgroundTracks(10)).empty());
  BackgroundTracks tracks = filmed(points_of_place(6, 100), panning(kCamera, 10, 0.1));
  for (int f = 0; f < 10; ++f)
    for (FollowedPoint& point : tracks[std::size_t(f)]) point.track += 1000 * f;
  EXPECT_TRUE(found(tracks).empty());
}

}  // namespace
}  // namespace ahap

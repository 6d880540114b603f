#include "reconstruction/geometry/triangulation.h"

#include <gtest/gtest.h>

#include "tests/fixtures/random_geometry.h"

namespace ahap {
namespace {

std::vector<PointObservation> observe(const std::vector<Camera>& cameras, const Eigen::Vector3d& X) {
  std::vector<PointObservation> observations;
  for (const auto& camera : cameras) observations.push_back({camera, camera.project(X).value()});
  return observations;
}

std::vector<Camera> ring(int n) {
  std::vector<Camera> cameras;
  for (int i = 0; i < n; ++i) {
    const double a = 0.3 + 2 * M_PI * i / n * 0.8;
    cameras.push_back(camera_looking_at({4 * std::cos(a), 1.6, 4 * std::sin(a)}, {0, 1, 0}));
  }
  return cameras;
}

TEST(Triangulation, ExactPixelsGiveTheExactPoint) {
  RandomGeometry random(1);
  for (int views = 2; views <= 5; ++views) {
    const Eigen::Vector3d X(random.uniform(-1, 1), random.uniform(0, 2), random.uniform(-1, 1));
    const Triangulation result = triangulate(observe(ring(views), X));
    ASSERT_EQ(result.status, TriangulationStatus::ok);
    EXPECT_LT((result.point - X).norm(), 1e-7);
    EXPECT_NEAR(result.residual, 0, 1e-6);
  }
}

TEST(Triangulation, AWorldFarFromItsOriginAndInMillimetresIsNoHarder) {
  auto cameras = ring(3);
  const Eigen::Vector3d shift(1e6, -2e6, 3e6);
  for (auto& camera : cameras) {
    camera.world_from_camera.translation() = 1000 * camera.world_from_camera.translation() + shift;
  }
  const Eigen::Vector3d X = 1000 * Eigen::Vector3d(0.3, 1, -0.2) + shift;
  const Triangulation result = triangulate(observe(cameras, X));
  ASSERT_TRUE(result);
  EXPECT_LT((result.point - X).norm(), 1e-2);
}

TEST(Triangulation, TheAngleIsTheLargestBetweenTwoRays) {
  const std::vector<Camera> cameras = {camera_looking_at({4, 1, 0}, {0, 1, 0}),
                                       camera_looking_at({0, 1, 4}, {0, 1, 0}),
                                       camera_looking_at({3, 1, 3}, {0, 1, 0})};
  const Triangulation result = triangulate(observe(cameras, {0, 1, 0}));
  ASSERT_TRUE(result);
  EXPECT_NEAR(result.max_angle, M_PI / 2, 1e-9);
}

TEST(Triangulation, NoisyPixelsEndAtTheMinimumOfTheReprojectionError) {
  RandomGeometry random(2);
  auto observations = observe(ring(3), {0.2, 1.1, 0.3});
  for (auto& o : observations) o.pixel += Eigen::Vector2d(random.normal(3), random.normal(3));
  const Triangulation result = triangulate(observations);
  ASSERT_TRUE(result);
  EXPECT_LT((result.point - Eigen::Vector3d(0.2, 1.1, 0.3)).norm(), 0.1);
  for (int i = 0; i < 50; ++i) {
    EXPECT_GT(reprojection_rms(observations, result.point + random.vector(1e-3)), result.residual);
  }
}

TEST(Triangulation, APolishNeverMakesItWorse) {
  RandomGeometry random(3);
  for (int i = 0; i < 20; ++i) {
    const auto observations = observe(ring(3), {0, 1, 0});
    const Eigen::Vector3d start = Eigen::Vector3d(0, 1, 0) + random.vector(1);
    const Eigen::Vector3d end = polish_point(observations, start, 20);
    EXPECT_LE(reprojection_rms(observations, end), reprojection_rms(observations, start));
  }
}

TEST(Triangulation, ParallelRaysGiveNoPoint) {
  const std::vector<Camera> cameras = {camera_looking_at({0, 1, 0}, {0, 1, -10}),
                                       camera_looking_at({0.5, 1, 0}, {0.5, 1, -10})};
  std::vector<PointObservation> observations = {{cameras[0], {320, 240}}, {cameras[1], {320, 240}}};
  EXPECT_EQ(triangulate(observations).status, TriangulationStatus::parallel_rays);
  observations = observe(cameras, {0.2, 1, -200});
  EXPECT_EQ(triangulate(observations).status, TriangulationStatus::parallel_rays);
}

TEST(Triangulation, CamerasThatFaceEachOtherGiveNoPointBetweenThem) {
  const std::vector<Camera> cameras = {camera_looking_at({0, 1, 4}, {0, 1, 0}),
                                       camera_looking_at({0, 1, -4}, {0, 1, 0})};
  EXPECT_EQ(triangulate(observe(cameras, {0, 1, 0.7})).status, TriangulationStatus::parallel_rays);
}

TEST(Triangulation, CamerasAtOnePlaceGiveNoPoint) {
  const std::vector<Camera> cameras = {camera_looking_at({0, 1, 4}, {0, 1, 0}),
                                       camera_looking_at({0, 1, 4}, {1, 1, 0})};
  EXPECT_EQ(triangulate(observe(cameras, {0, 1, 0})).status, TriangulationStatus::parallel_rays);
}

TEST(Triangulation, RaysThatMeetBehindACameraGiveNoPoint) {
  const std::vector<Camera> cameras = {camera_looking_at({-1, 1, 0}, {-2, 1, -5}),
                                       camera_looking_at({1, 1, 0}, {2, 1, -5})};
  const std::vector<PointObservation> observations = {{cameras[0], {320, 240}}, {cameras[1], {320, 240}}};
  EXPECT_EQ(triangulate(observations).status, TriangulationStatus::behind_camera);
}

TEST(Triangulation, ViewsThatDisagreeGiveNoPointButSayHowMuch) {
  auto observations = observe(ring(3), {0, 1, 0});
  observations[0].pixel += Eigen::Vector2d(0, 200);
  const Triangulation result = triangulate(observations);
  EXPECT_EQ(result.status, TriangulationStatus::large_residual);
  EXPECT_GT(result.residual, 25);
}

TEST(Triangulation, OneViewOrNoWeightGivesNoPoint) {
  auto observations = observe(ring(2), {0, 1, 0});
  EXPECT_EQ(triangulate(std::span(observations).first(1)).status, TriangulationStatus::too_few_views);
  observations[1].weight = 0;
  EXPECT_EQ(triangulate(observations).status, TriangulationStatus::too_few_views);
}

}  // namespace
}  // namespace ahap

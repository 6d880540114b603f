#include "reconstruction/multiview/point_cloud.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace ahap {
namespace {

// A camera at x = `at`, looking along the world's z at a wall `depth` metres away; its picture is grey.
DepthView view_of_wall(int index, double at, float depth, const Image& picture) {
  DepthView view;
  view.view = index;
  view.camera.K << 30, 0, 20, 0, 30, 20, 0, 0, 1;
  view.camera.width = view.camera.height = 40;
  view.camera.world_from_camera.translation() = Eigen::Vector3d(at, 0, 0);
  view.grid = {40, 40, std::vector<float>(1600, depth)};
  view.confidence.assign(1600, 0.8f);
  view.person.assign(1600, 0);
  view.picture = &picture;
  view.picture_scale = 0.5;
  return view;
}

class PointCloudTest : public ::testing::Test {
 protected:
  PointCloudTest() : picture_(80, 80) {
    std::fill(picture_.rgb.begin(), picture_.rgb.end(), std::uint8_t(90));
  }
  Image picture_;
};

TEST_F(PointCloudTest, PointsLieOnTheWallWithColourConfidenceAndView) {
  const PointCloud points = point_cloud({view_of_wall(3, 0, 4, picture_)}, 100000);
  ASSERT_GT(points.size(), 4000u) << "one for each pixel of the picture";
  for (std::size_t i = 0; i < points.size(); ++i) {
    EXPECT_NEAR(points.positions[i].z(), 4, 1e-4);
    EXPECT_EQ(points.colors[i][0], 90);
    EXPECT_NEAR(points.confidence[i], 0.8, 1e-5);
    EXPECT_EQ(points.view[i], 3);
  }
}

TEST_F(PointCloudTest, NoMoreThanWanted) {
  EXPECT_LE(point_cloud({view_of_wall(0, 0, 4, picture_), view_of_wall(1, 1, 4, picture_)}, 1000).size(),
            1100u);
}

TEST_F(PointCloudTest, NothingIsDrawnAcrossALeapOfDepth) {
  DepthView view = view_of_wall(0, 0, 4, picture_);
  for (int y = 0; y < 40; ++y) {
    for (int x = 0; x < 20; ++x) view.grid.depth[view.grid.at(x, y)] = 2;
  }
  const PointCloud points = point_cloud({view}, 100000);
  EXPECT_TRUE(std::all_of(points.positions.begin(), points.positions.end(), [](const auto& X) {
    return std::abs(X.z() - 2) < 0.01 || std::abs(X.z() - 4) < 0.01;
  }));
}

TEST_F(PointCloudTest, WhatAnotherViewLooksThroughIsLeftOutUnlessAThirdConfirmsIt) {
  DepthView wrong = view_of_wall(0, 0, 2, picture_);  // a wall in the air
  const DepthView right = view_of_wall(1, 0.1, 4, picture_), agrees = view_of_wall(2, -0.1, 2, picture_);
  const auto of_first = [](const PointCloud& points) {
    return std::count(points.view.begin(), points.view.end(), 0);
  };
  const auto alone = of_first(point_cloud({wrong}, 100000));
  EXPECT_LT(of_first(point_cloud({wrong, right}, 100000)), alone / 5)
      << "but for what the other view does not show";
  EXPECT_GT(of_first(point_cloud({wrong, right, agrees}, 100000)), alone / 2);
}

TEST_F(PointCloudTest, ABodyInAnotherViewConfirmsNothingOfTheScene) {
  const DepthView wall = view_of_wall(0, 0, 2, picture_), behind = view_of_wall(1, 0.5, 6, picture_);
  DepthView body = view_of_wall(2, -0.5, 2, picture_);
  body.person.assign(1600, 1);
  const PointCloud points = point_cloud({wall, behind, body}, 100000);
  const auto of_wall = [&](std::size_t i) {
    return points.view[i] == 0 && points.positions[i].head<2>().cwiseAbs().maxCoeff() < 0.5f;
  };
  for (std::size_t i = 0; i < points.size(); ++i) EXPECT_FALSE(of_wall(i));
}

TEST_F(PointCloudTest, ShredsOfAFewCellsAreLeftOut) {
  DepthView view = view_of_wall(0, 0, 4, picture_);
  for (int y = 10; y < 15; ++y) {
    for (int x = 10; x < 15; ++x) view.grid.depth[view.grid.at(x, y)] = 1.5f;
  }
  const PointCloud points = point_cloud({view}, 100000);
  EXPECT_GT(points.size(), 4000u);
  for (const auto& X : points.positions) EXPECT_GT(X.z(), 3.9);
}

TEST_F(PointCloudTest, UnknownDepthGivesNoPoint) {
  EXPECT_EQ(point_cloud({view_of_wall(0, 0, 0, picture_)}, 1000).size(), 0u);
}

}  // namespace
}  // namespace ahap

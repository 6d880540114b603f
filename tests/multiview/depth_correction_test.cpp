#include "reconstruction/multiview/depth_correction.h"

#include <gtest/gtest.h>

#include <cmath>

namespace ahap {
namespace {

// A wall that recedes to the right, and the depth a network might give for it: 1.7 times as far, with less
// contrast.
struct Wall {
  DepthGrid truth{40, 30, std::vector<float>(1200)}, predicted = truth;
  Wall() {
    for (int y = 0; y < 30; ++y) {
      for (int x = 0; x < 40; ++x) {
        const double z = 2 + 0.1 * x;
        truth.depth[truth.at(x, y)] = float(z);
        predicted.depth[truth.at(x, y)] = float(1.7 * std::pow(z, 0.9));
      }
    }
  }
  std::vector<DepthAnchor> anchors(int stride) const {
    std::vector<DepthAnchor> result;
    for (int y = 0; y < 30; y += stride) {
      for (int x = 0; x < 40; x += stride) result.push_back({x, y, truth.depth[truth.at(x, y)], 1});
    }
    return result;
  }
  double error() const {  // mean absolute relative
    double sum = 0;
    for (std::size_t i = 0; i < truth.depth.size(); ++i)
      sum += std::abs(predicted.depth[i] / truth.depth[i] - 1);
    return sum / double(truth.depth.size());
  }
};

TEST(DepthCorrectionTest, WithoutAnchorsNothingChanges) {
  Wall wall;
  const std::vector<float> before = wall.predicted.depth;
  correct_depth(wall.predicted, {});
  EXPECT_EQ(wall.predicted.depth, before);
}

TEST(DepthCorrectionTest, ScaleAndContrastAreFound) {
  Wall wall;
  EXPECT_GT(wall.error(), 0.4);
  correct_depth(wall.predicted, wall.anchors(4));
  EXPECT_LT(wall.error(), 0.01);
}

TEST(DepthCorrectionTest, OneAnchorBringsTheScaleOfTheWholePicture) {
  Wall wall;
  correct_depth(wall.predicted, {{20, 15, wall.truth.depth[wall.truth.at(20, 15)], 20}});
  EXPECT_LT(wall.error(), 0.1);
}

TEST(DepthCorrectionTest, AnchorsThatSomethingHidesCountLittle) {
  Wall wall;
  auto anchors = wall.anchors(3);
  for (std::size_t i = 0; i < anchors.size(); i += 5) anchors[i].depth *= 3;
  correct_depth(wall.predicted, anchors);
  EXPECT_LT(wall.error(), 0.05);
}

TEST(DepthCorrectionTest, UnknownDepthsStayUnknown) {
  Wall wall;
  wall.predicted.depth[0] = 0;
  correct_depth(wall.predicted, wall.anchors(4));
  EXPECT_EQ(wall.predicted.depth[0], 0);
}

TEST(FloorAnchorsTest, LieOnTheFloorWhereTheGridIsNearIt) {
  Camera camera;  // 1.5 m above the floor, looking horizontally along z; its y axis points down
  camera.K << 40, 0, 20, 0, 40, 15, 0, 0, 1;
  camera.width = 40;
  camera.height = 30;
  camera.world_from_camera.linear() = Eigen::Vector3d(1, -1, -1).asDiagonal();
  camera.world_from_camera.translation() = Eigen::Vector3d(0, 1.5, 0);
  DepthGrid grid{40, 30, std::vector<float>(1200, 4.8f)};
  const auto anchors = floor_anchors(grid, camera, Eigen::Vector3d::UnitY(), 0);
  ASSERT_FALSE(anchors.empty());
  for (const DepthAnchor& anchor : anchors) {
    const Eigen::Vector3d X = camera.unproject({anchor.x + 0.5, anchor.y + 0.5}, anchor.depth);
    EXPECT_NEAR(X.y(), 0, 1e-9);
    EXPECT_NEAR(anchor.depth, 4.8, 0.35 * 4.8);
  }
}

}  // namespace
}  // namespace ahap

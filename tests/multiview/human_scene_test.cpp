#include "reconstruction/multiview/human_scene.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/fixtures/random_geometry.h"

namespace ahap {
namespace {

TEST(HumanScene, WindowDepthIsTheMedianOfWhatIsKnown) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> depth = {1, 2,   3,  4,  //
                                    5, 0,   7,  8,  //
                                    9, nan, 11, 12};
  const DepthMap map{4, 3, depth};
  EXPECT_EQ(median_depth(map, {1.5, 1.5}), 5);  // 1 2 3 5 7 9 11
  EXPECT_EQ(median_depth(map, {0.2, 0.9}), 2);  // cut off at the corner: 1 2 5
  EXPECT_EQ(median_depth(map, {3.5, 2.5}, 0), 12);
  EXPECT_FALSE(median_depth(map, {1.5, 1.5}, 0)) << "unknown there";
  EXPECT_FALSE(median_depth(map, {40, 1}));
  EXPECT_FALSE(median_depth(map, {std::nan(""), 1}));
}

TEST(HumanScene, ScaleIsTheMedianRatioWhateverOneDetectionSays) {
  const std::vector<DepthPair> pairs = {{2.0, 4}, {1.5, 3}, {3.0, 6}, {9.0, 1}};
  const SceneScale scale = scene_scale(pairs);
  EXPECT_NEAR(scale.scene_per_metre, 0.5, 1e-12);
  EXPECT_NEAR(scale.metres_per_scene_unit(), 2, 1e-12);
  EXPECT_EQ(scale.used, 4);
}

TEST(HumanScene, DetectionsWithoutADepthAreLeftOut) {
  const std::vector<DepthPair> pairs = {{std::nullopt, 4}, {3.0, 0}, {-1.0, 2}, {2.0, 1}};
  const SceneScale scale = scene_scale(pairs);
  EXPECT_EQ(scale.used, 1);
  EXPECT_NEAR(scale.scene_per_metre, 2, 1e-12);
}

TEST(HumanScene, WithoutAnyDetectionTheScaleIsUnknownAndStaysOne) {
  const SceneScale scale = scene_scale({});
  EXPECT_EQ(scale.used, 0);
  EXPECT_EQ(scale.scene_per_metre, 1);
}

std::vector<PointObservation> seen_from(const std::vector<Eigen::Vector3d>& centers,
                                        const Eigen::Vector3d& X) {
  std::vector<PointObservation> observations;
  for (const auto& center : centers) {
    const Camera camera = camera_looking_at(center, {0, 1, 0});
    observations.push_back({camera, camera.project(X).value()});
  }
  return observations;
}

TEST(HumanScene, APersonInTwoViewsIsTriangulatedWhateverTheDepth) {
  const Eigen::Vector3d X(0.3, 0.9, -0.2);
  const auto position = person_position(seen_from({{4, 1, 0}, {0, 1, 4}}, X), 0, 99);
  EXPECT_TRUE(position.triangulated);
  EXPECT_LT((position.keypoint - X).norm(), 1e-6);
}

TEST(HumanScene, APersonInOneViewOrUnderParallelRaysStandsAtItsDepth) {
  const Eigen::Vector3d X(0.3, 0.9, -0.2);
  for (const auto& centers : {std::vector<Eigen::Vector3d>{{4, 1, 0}}, {{4, 1, 0}, {4.01, 1, 0}}}) {
    const auto observations = seen_from(centers, X);
    const double depth = (observations[0].camera.camera_from_world() * X).z();
    const auto position = person_position(observations, 0, depth);
    EXPECT_FALSE(position.triangulated);
    EXPECT_LT((position.keypoint - X).norm(), 1e-9);
  }
}

TEST(HumanScene, OneViewThatContradictsTheOthersIsLeftOut) {
  const Eigen::Vector3d X(0.3, 0.9, -0.2);
  auto observations = seen_from({{4, 1, 0}, {0, 1, 4}, {-3, 1, 3}, {0, 1.5, -5}}, X);
  observations[2].pixel.y() += 150;
  const auto position = person_position(observations, 0, 99);
  EXPECT_TRUE(position.triangulated);
  EXPECT_LT((position.keypoint - X).norm(), 1e-6);
}

}  // namespace
}  // namespace ahap

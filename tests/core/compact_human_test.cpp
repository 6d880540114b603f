#include "reconstruction/human/compact_human.h"

#include <gtest/gtest.h>

#include <cmath>

#include "reconstruction/scene/compact_scene.h"
#include "reconstruction/smpl_joints.h"

namespace ahap {
namespace {

constexpr int n = 56;

// Maps as a perfect network would give them for discs of people at (x, y) cells.
DetectionMaps maps_of(const std::vector<Eigen::Vector2d>& pelvises, double log_range) {
  DetectionMaps maps;
  maps.heat = torch::full({1, n, n}, -8.f);
  maps.mask = torch::full({1, n, n}, -8.f);
  maps.vote = torch::zeros({1, 2, n, n});
  maps.log_range = torch::zeros({1, n, n});
  for (int y = 0; y < n; ++y) {
    for (int x = 0; x < n; ++x) {
      for (const auto& pelvis : pelvises) {
        const Eigen::Vector2d to_pelvis = pelvis - Eigen::Vector2d(x + 0.5, y + 0.5);
        if (to_pelvis.norm() > 5) continue;
        maps.mask[0][y][x] = 6;
        maps.log_range[0][y][x] = log_range;
        for (int k = 0; k < 2; ++k) maps.vote[0][k][y][x] = to_pelvis[k] / n / kVoteUnit;
        if (to_pelvis.norm() < 0.8) maps.heat[0][y][x] = 4 - float(to_pelvis.norm());
      }
    }
  }
  return maps;
}

TEST(FindInstances, OnePeakIsOnePersonWithItsMaskAndRange) {
  const auto instances = find_instances(maps_of({{20.5, 30.5}}, 0.25), {});
  ASSERT_EQ(instances.size(), 1u);
  EXPECT_NEAR((instances[0].pelvis * n - Eigen::Vector2d(20.5, 30.5)).norm(), 0, 1e-3);
  EXPECT_NEAR(instances[0].log_range, 0.25, 1e-6);
  EXPECT_NEAR(instances[0].mask.gt(0.5).sum().item<int>(), M_PI * 25, 12);
}

TEST(FindInstances, TouchingPeopleShareNoCell) {
  const auto instances = find_instances(maps_of({{20.5, 30.5}, {31.5, 30.5}}, 0), {});
  ASSERT_EQ(instances.size(), 2u);
  EXPECT_EQ((instances[0].mask.gt(0) & instances[1].mask.gt(0)).sum().item<int>(), 0);
}

TEST(FindInstances, NoPeakIsNobody) {
  EXPECT_TRUE(find_instances(maps_of({}, 0), {}).empty());
}

TEST(PersonWindow, SpansTheSameMetresAtEveryRange) {
  for (double log_range : {-0.5, 0.0, 0.7}) {
    const Window window = person_window(0, {0.5, 0.5}, log_range);
    EXPECT_NEAR(window_log_range(window.side), log_range, 1e-9);
  }
}

TEST(CropWindows, TheWholePictureIsItself) {
  const auto picture = torch::rand({1, 3, 64, 64});
  EXPECT_TRUE(torch::allclose(crop_windows(picture, {{0, {0.5, 0.5}, 1.0}}, 64), picture, 1e-4, 1e-5));
}

TEST(CropWindows, OutsideThePictureIsZero) {
  const auto crop = crop_windows(torch::ones({1, 1, 32, 32}), {{0, {0.0, 0.5}, 1.0}}, 64);
  EXPECT_EQ(crop[0][0][32][8].item<float>(), 0);
  EXPECT_EQ(crop[0][0][32][56].item<float>(), 1);
}

TEST(Appearance, SameClothesLookTheSameUnderOtherLight) {
  torch::manual_seed(1);
  const auto anchors = torch::rand({kAppearanceAnchors, 2, 3});
  const auto colors = torch::rand({1, 3, 64, 64}) * 0.5 + 0.1, canonical = torch::rand({1, 3, 32, 32});
  const auto mask = torch::rand({1, 32, 32});
  const auto bright = appearance(colors * 1.6, mask, canonical, anchors), dim = appearance(colors, mask, canonical, anchors);
  EXPECT_EQ(bright.size(1), kAppearanceDim);
  EXPECT_LT((bright - dim).abs().max().item<float>(), 1e-3);
  const auto other = appearance(colors.flip(1), mask, canonical, anchors);
  EXPECT_GT((other - dim).abs().max().item<float>(), 0.02);
}

TEST(InstanceNetwork, ExpectedErrorsAreLearnedWithoutMovingWhatTheyJudge) {
  torch::manual_seed(1);
  InstanceNetwork network(InstanceConfig{});
  const InstanceOutput out = network(torch::rand({3, 4, kCropSize, kCropSize}));
  ASSERT_EQ(out.joints2d_error.size(1), kSmplJoints);
  EXPECT_GT(out.joints2d_error.min().item<float>(), 0);
  (out.joints2d_error.sum() + out.pelvis_error.sum() + out.log_range_error.sum()).backward();
  for (const auto& parameter : network->named_parameters()) {
    const bool moved = parameter.value().grad().defined() && parameter.value().grad().abs().sum().item<float>() > 0;
    EXPECT_EQ(moved, parameter.key().starts_with("errors.")) << parameter.key();
  }
}

TEST(CompactHumanBranch, AnEmptyRoomGivesNoDetections) {
  torch::manual_seed(2);
  CompactSceneConfig scene_config;
  CompactDetector detector(scene_config.feature_dim, scene_config.head_dim);
  torch::NoGradGuard no_grad;
  detector->maps->bias.index_put_({0}, -20.0);
  CompactHumanBranch branch(detector, InstanceNetwork(InstanceConfig()), torch::zeros({24, 3}), 224, {}, false);
  SceneEstimate scene;
  scene.features = torch::randn({2, scene_config.feature_dim, n, n});
  scene.K = torch::eye(3).repeat({2, 1, 1});
  const HumanEstimate human = branch.estimate(torch::rand({2, 3, 224, 224}), scene, 0.3, {});
  EXPECT_EQ(human.view.size(0), 0);
  EXPECT_EQ(human.detection_features.size(0), 0);
}

}  // namespace
}  // namespace ahap

#include "reconstruction/branches/compact/compact_human.h"

#include <gtest/gtest.h>

#include <cmath>

#include "reconstruction/branches/compact/compact_scene.h"
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

DetectionOptions with_hidden_people() {
  DetectionOptions options;
  options.hidden_people = true;
  return options;
}

TEST(FindInstances, CellsThatAgreeOnAPelvisWithoutAPeakAreAHiddenPerson) {
  auto maps = maps_of({{20.5, 30.5}, {40.5, 25.5}}, 0.25);
  maps.heat.slice(1, 23, 28).slice(2, 38, 43).fill_(-8);
  EXPECT_EQ(find_instances(maps, {}).size(), 1u);
  const auto instances = find_instances(maps, with_hidden_people());
  ASSERT_EQ(instances.size(), 2u);
  EXPECT_NEAR((instances[1].pelvis * n - Eigen::Vector2d(40.5, 25.5)).norm(), 0, 1e-3);
  EXPECT_NEAR(instances[1].log_range, 0.25, 1e-6);
  EXPECT_NEAR(instances[1].mask.gt(0.5).sum().item<int>(), M_PI * 25, 12);
  EXPECT_LT(instances[1].score, DetectionOptions{}.threshold);
}

TEST(FindInstances, SomebodyBehindAnotherIsHiddenAtTheirOwnRange) {
  auto maps = maps_of({{20.5, 30.5}}, 0);
  for (int y = 27; y < 31; ++y) {  // beside the one in front, whose pelvis covers theirs
    for (int x = 26; x < 29; ++x) {
      maps.mask[0][y][x] = 6;
      maps.log_range[0][y][x] = 0.5;
      maps.vote[0][0][y][x] = (20.5 - (x + 0.5)) / n / kVoteUnit;
      maps.vote[0][1][y][x] = (30.5 - (y + 0.5)) / n / kVoteUnit;
    }
  }
  const auto instances = find_instances(maps, with_hidden_people());
  ASSERT_EQ(instances.size(), 2u);
  EXPECT_NEAR(instances[1].log_range, 0.5, 1e-6);
  EXPECT_LT(instances[1].score, DetectionOptions{}.threshold) << "the heat there is another's";
  EXPECT_EQ(instances[1].mask.gt(0.5).sum().item<int>(), 12);
}

TEST(FindInstances, AFewStrayCellsAreNobody) {
  auto maps = maps_of({{20.5, 30.5}}, 0);
  maps.mask.slice(1, 5, 6).slice(2, 40, 44).fill_(6);
  EXPECT_EQ(find_instances(maps, with_hidden_people()).size(), 1u);
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
  const auto bright = appearance(colors * 1.6, mask, canonical, anchors),
             dim = appearance(colors, mask, canonical, anchors);
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
    const bool moved =
        parameter.value().grad().defined() && parameter.value().grad().abs().sum().item<float>() > 0;
    EXPECT_EQ(moved, parameter.key().starts_with("errors.")) << parameter.key();
  }
}

// What the branch finds in two views whose maps say the same in every cell: heat, mask, vote (2), log range.
HumanEstimate found_in_even_maps(const torch::Tensor& cell, const DetectionThresholds& thresholds) {
  torch::manual_seed(2);
  CompactSceneConfig scene_config;
  CompactDetector detector(scene_config.feature_dim, scene_config.head_dim);
  torch::NoGradGuard no_grad;
  detector->maps->weight.zero_();
  detector->maps->bias.copy_(cell);
  CompactHumanBranch branch(detector, InstanceNetwork(InstanceConfig()), torch::zeros({24, 3}), 224, {},
                            false);
  SceneEstimate scene;
  scene.features = torch::randn({2, scene_config.feature_dim, n, n});
  scene.K = torch::eye(3).repeat({2, 1, 1});
  return branch.estimate(torch::rand({2, 3, 224, 224}), scene, thresholds, {});
}

TEST(CompactHumanBranch, AnEmptyRoomGivesNoDetections) {
  const auto nobody = torch::tensor({-20.f, -20.f, 0.f, 0.f, 0.f});
  for (const double weak : {0.3, 0.12}) {
    const HumanEstimate human = found_in_even_maps(nobody, {.sure = 0.3, .weak = weak});
    EXPECT_EQ(human.view.size(0), 0);
    EXPECT_EQ(human.detection_features.size(0), 0);
  }
}

TEST(CompactHumanBranch, HiddenPeopleAreSoughtWhereOthersMayConfirmThem) {
  const auto masks_without_a_peak = torch::tensor({-20.f, 6.f, 0.f, 0.f, 0.f});
  EXPECT_EQ(found_in_even_maps(masks_without_a_peak, {.sure = 0.3}).view.size(0), 0);
  const HumanEstimate hidden = found_in_even_maps(masks_without_a_peak, {.sure = 0.3, .weak = 0.12});
  ASSERT_GT(hidden.view.size(0), 0);
  EXPECT_LT(hidden.score.max().item<float>(), 0.12f);
}

}  // namespace
}  // namespace ahap

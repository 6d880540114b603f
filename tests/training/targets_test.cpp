#include "reconstruction/training/targets.h"

#include <gtest/gtest.h>

#include <cmath>

#include "reconstruction/branches/compact/compact_detector.h"
#include "reconstruction/branches/compact/compact_scene.h"
#include "reconstruction/networks/square_input.h"

namespace ahap {
namespace {

class Targets : public ::testing::Test {
 protected:
  static constexpr int S = 224, n = 56;
  Targets() {
    WorldOptions world;
    world.min_views = world.max_views = 2;
    world.min_people = world.max_people = 3;
    captures = {render_capture(77, world), render_capture(78, world)};
    batch = dense_batch(captures, S);
  }
  std::vector<RenderedCapture> captures;
  DenseBatch batch;
};

TEST_F(Targets, HeatPeaksAtThePelvisOfEveryVisiblePerson) {
  ASSERT_FALSE(batch.people.empty());
  for (const PersonTarget& person : batch.people) {
    const int x = int(person.keypoint.x() * n), y = int(person.keypoint.y() * n);
    EXPECT_EQ(batch.heat[person.view][y][x].item<float>(), 1);
  }
}

TEST_F(Targets, VotesLeadToTheOwnPelvis) {
  for (const PersonTarget& person : batch.people) {
    const auto own = batch.person_ids[person.view].eq(person.person + 1);
    int checked = 0;
    for (int y = 0; y < n; ++y) {
      for (int x = 0; x < n; ++x) {
        if (own.slice(0, 4 * y, 4 * y + 4).slice(1, 4 * x, 4 * x + 4).sum().item<int>() < 16) continue;
        const Eigen::Vector2d vote(batch.vote[person.view][0][y][x].item<float>(),
                                   batch.vote[person.view][1][y][x].item<float>());
        const Eigen::Vector2d arrives = Eigen::Vector2d((x + 0.5) / n, (y + 0.5) / n) + kVoteUnit * vote;
        EXPECT_NEAR((arrives - person.keypoint).norm(), 0, 1e-5);
        ++checked;
      }
    }
    EXPECT_GT(checked, 0);
  }
}

TEST_F(Targets, FocalFreeRangeGivesTheDepthBack) {
  for (const PersonTarget& person : batch.people) {
    const RenderedView& view = captures[batch.capture_of_view[person.view]].views[person.view % 2];
    const auto& truth = captures[batch.capture_of_view[person.view]].people[person.person];
    const double z = (view.camera.camera_from_world() * Eigen::Vector3d(truth.joints[0].cast<double>())).z();
    EXPECT_NEAR(std::exp(person.log_range + kLogDistance) * batch.focal[person.view] / S, z, 1e-4);
  }
}

TEST_F(Targets, RayFrameJointsReturnToTheWorld) {
  for (const PersonTarget& person : batch.people) {
    const RenderedView& view = captures[batch.capture_of_view[person.view]].views[person.view % 2];
    const auto& truth = captures[batch.capture_of_view[person.view]].people[person.person];
    const Eigen::Matrix3d world_from_ray = view.camera.world_from_camera.linear() * person.camera_from_ray;
    for (int j = 0; j < kSmplJoints; ++j) {
      const Eigen::Vector3d X = truth.joints[0].cast<double>() + world_from_ray * person.joints[j];
      EXPECT_NEAR((X - truth.joints[j].cast<double>()).norm(), 0, 1e-4);
    }
    EXPECT_NEAR(
        (person.camera_from_ray.transpose() * person.camera_from_ray - Eigen::Matrix3d::Identity()).norm(), 0,
        1e-9);
  }
}

TEST_F(Targets, HeightOfTheFloorIsZero) {
  // The lowest cells of a level room are its floor.
  const auto valid = batch.depth_valid.gt(0);
  EXPECT_GT(batch.height.masked_select(valid).min().item<float>(), -0.05);
  EXPECT_LT(batch.height.masked_select(valid).abs().min().item<float>(), 0.02);
}

}  // namespace
}  // namespace ahap

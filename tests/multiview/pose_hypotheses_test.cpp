#include "reconstruction/multiview/pose_hypotheses.h"

#include <gtest/gtest.h>

#include "tests/fixtures/people_simulation.h"

namespace ahap {
namespace {

constexpr double kDegree = M_PI / 180;

// Everybody looks like himself and like nobody else.
Eigen::MatrixXd clear_appearance(const PeopleScene& scene) {
  const int N = int(scene.detections.size());
  Eigen::MatrixXd similarity(N, N);
  for (int a = 0; a < N; ++a) {
    for (int b = 0; b < N; ++b) similarity(a, b) = scene.true_person[a] == scene.true_person[b] ? 0.9 : 0.05;
  }
  return similarity;
}

RefinedCameras true_cameras(const PeopleScene& scene) {
  std::vector<Eigen::Isometry3d> poses;
  for (const Camera& camera : scene.cameras) poses.push_back(camera.world_from_camera);
  return unrefined_cameras(scene.views, poses);
}

// Across the scene from where it was, looking back.
Eigen::Isometry3d turned_by_half(const Eigen::Isometry3d& world_from_camera) {
  return Eigen::Isometry3d(Eigen::AngleAxisd(M_PI, Eigen::Vector3d::UnitY())) * world_from_camera;
}

TEST(PoseHypotheses, AViewTurnedByHalfATurnFindsItsSeat) {
  for (int seed = 0; seed < 6; ++seed) {
    const PeopleScene scene = simulate_people(seed, 4, 4, PeopleNoise{});
    RefinedCameras cameras = true_cameras(scene);
    cameras.world_from_camera[2] = turned_by_half(cameras.world_from_camera[2]);
    const auto poses = alternative_poses(scene.views, scene.detections, clear_appearance(scene), cameras);
    ASSERT_FALSE(poses.empty());
    EXPECT_EQ(poses[0].view, 2);
    EXPECT_GT(poses[0].agreement, 1);
    const Eigen::Isometry3d& truth = scene.cameras[2].world_from_camera;
    EXPECT_LT(Eigen::AngleAxisd(truth.linear().transpose() * poses[0].world_from_camera.linear()).angle(),
              20 * kDegree);
    EXPECT_LT((truth.translation() - poses[0].world_from_camera.translation()).norm(), 1.5);
  }
}

TEST(PoseHypotheses, WhereEverybodyStandsRightNoOtherSeatIsBetter) {
  for (int seed = 0; seed < 6; ++seed) {
    const PeopleScene scene = simulate_people(seed, 4, 4, PeopleNoise{});
    for (const PoseHypothesis& pose :
         alternative_poses(scene.views, scene.detections, clear_appearance(scene), true_cameras(scene))) {
      EXPECT_LT(pose.agreement, 1);
    }
  }
}

TEST(PoseHypotheses, StrangersOfferNoSeat) {
  const PeopleScene scene = simulate_people(1, 3, 3, PeopleNoise{});
  const int N = int(scene.detections.size());
  EXPECT_TRUE(
      alternative_poses(scene.views, scene.detections, Eigen::MatrixXd::Zero(N, N), true_cameras(scene))
          .empty());
  EXPECT_TRUE(alternative_poses(scene.views, {}, Eigen::MatrixXd(0, 0), true_cameras(scene)).empty());
}

}  // namespace
}  // namespace ahap

#include "reconstruction/stages/branch_observations.h"

#include <gtest/gtest.h>

#include "reconstruction/body/procedural_body.h"
#include "reconstruction/geometry/ray_frame.h"
#include "reconstruction/networks/eigen_conversion.h"
#include "reconstruction/networks/rotations.h"
#include "reconstruction/stages/cameras.h"

namespace ahap {
namespace {

constexpr int kSize = 8;

// Two views of one person each; the second one is unsure.
class Observing : public ::testing::Test {
 protected:
  Observing() {
    torch::manual_seed(5);
    scene.depth = torch::rand({2, kSize, kSize}) + 2;
    scene.depth_conf = torch::rand({2, kSize, kSize});
    scene.K = torch::eye(3).repeat({2, 1, 1});
    scene.K.slice(1, 0, 2) *= 10;
    scene.up = torch::tensor({{0.f, -2.f, 0.f}, {0.f, -1.f, 0.f}});
    scene.metric = true;
    human.view = torch::tensor({0, 1}, torch::kLong);
    human.score = torch::tensor({0.9f, 0.2f});
    human.keypoint = torch::tensor({{3.f, 4.f}, {5.f, 2.f}});
    human.box = torch::rand({2, 4});
    human.keypoint_depth = torch::tensor({4.f, 5.f});
    human.joints2d = torch::rand({2, kSmplJoints, 2});
    human.pose6d = sixd_from_matrix(matrix_from_axis_angle(torch::randn({2, kSmplJoints, 3}) * 0.3));
    human.betas = torch::randn({2, kSmplBetas});
  }
  BranchObservations observed(int keypoint_joint = 0) const {
    return observe(scene, human, body, keypoint_joint, 0.3);
  }

  Smpl body{procedural_body(BodyDetail::low)};
  SceneEstimate scene;
  HumanEstimate human;
};

TEST_F(Observing, ValuesAreThoseOfTheBranches) {
  const BranchObservations seen = observed();
  ASSERT_EQ(seen.views.size(), 2u);
  ASSERT_EQ(seen.people.size(), 1u);
  ASSERT_EQ(seen.weak.size(), 1u) << "below the score that counts by itself";
  EXPECT_FALSE(seen.related());
  EXPECT_EQ(seen.size, kSize);
  EXPECT_EQ(*seen.views[0].up, Eigen::Vector3d(0, -1, 0)) << "of unit length";
  EXPECT_EQ(seen.views[1].depth[2 * kSize + 3], scene.depth[1][2][3].item<float>());
  EXPECT_EQ(seen.weak[0].row, 1);
  EXPECT_EQ(seen.weak[0].view, 1);
  EXPECT_EQ(seen.weak[0].keypoint, Eigen::Vector2d(5, 2));
  EXPECT_EQ(seen.people[0].depth, 4);
  ASSERT_EQ(seen.people[0].joints2d.size(), std::size_t(kSmplJoints));
  EXPECT_EQ(seen.people[0].joints2d_sigma.size(), 0u) << "the branch does not know";
}

TEST_F(Observing, DistancesAndMetricDepthMoveWithTheFocalLength) {
  BranchObservations seen = observed();
  const float before = seen.views[1].depth[5];
  std::vector<Eigen::Matrix3d> K = {seen.views[0].K, seen.views[1].K};
  K[1].topLeftCorner<2, 2>() *= 1.5;
  use_intrinsics(seen, K);
  EXPECT_EQ(seen.people[0].depth, 4) << "another view's";
  EXPECT_DOUBLE_EQ(seen.weak[0].depth, 7.5);
  EXPECT_FLOAT_EQ(seen.views[1].depth[5], 1.5f * before);
  EXPECT_EQ(seen.views[1].K, K[1]);
  EXPECT_EQ(scene.K[1][0][0].item<float>(), 10) << "the branch's output stays as it was";
}

TEST_F(Observing, DepthUpToAFactorStaysWithTheCamerasPositions) {
  scene.metric = false;
  BranchObservations seen = observed();
  const float before = seen.views[0].depth[0];
  use_intrinsics(seen, {2 * seen.views[0].K, seen.views[1].K});
  EXPECT_EQ(seen.views[0].depth[0], before);
}

// The joint that the key points show lies on the key point's ray, at its depth, and the body hangs on it.
TEST_F(Observing, TheBodyHangsOnTheJointThatTheKeyPointShows) {
  for (const int joint : {0, 15}) {
    const BranchObservations seen = observed(joint);
    const PeopleDetection d = people_geometry(seen, {0}).detections[0];
    const Eigen::Matrix3d& K = seen.views[0].K;
    ASSERT_EQ(d.joints.size(), std::size_t(kSmplJoints));
    EXPECT_LT((d.joints[joint] - K.inverse() * d.keypoint.homogeneous() * d.depth).norm(), 1e-6);
    const Eigen::Vector3d leg =
        camera_from_ray(K, d.keypoint) * (seen.people[0].joints[1] - seen.people[0].joints[0]);
    EXPECT_LT((d.joints[1] - d.joints[0] - leg).norm(), 1e-6);
  }
}

}  // namespace
}  // namespace ahap

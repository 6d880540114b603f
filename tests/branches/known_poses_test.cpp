#include "reconstruction/branches/known_poses.h"

#include <gtest/gtest.h>

#include <cmath>

namespace ahap {
namespace {

std::vector<Eigen::Isometry3d> ring(int cameras, double radius) {
  std::vector<Eigen::Isometry3d> poses(cameras, Eigen::Isometry3d::Identity());
  for (int v = 0; v < cameras; ++v) {
    const double angle = 2 * M_PI * v / cameras;
    poses[v].linear() = Eigen::AngleAxisd(angle, Eigen::Vector3d::UnitY()).toRotationMatrix();
    poses[v].translation() = radius * Eigen::Vector3d(std::sin(angle), 0.3, std::cos(angle));
  }
  return poses;
}

TEST(KnownPoses, WithoutErrorsAreWhatTheyWere) {
  const auto poses = ring(4, 3);
  const auto same = with_errors(poses, 0, 7);
  for (std::size_t v = 0; v < poses.size(); ++v) EXPECT_TRUE(same[v].isApprox(poses[v]));
}

TEST(KnownPoses, ErrAsMuchAsIsAsked) {
  const double sigma = 0.05, radius = 3;
  const int cameras = 2000;
  const auto poses = ring(cameras, radius);
  const auto wrong = with_errors(poses, sigma, 7);
  double turn = 0, shift = 0;
  for (int v = 0; v < cameras; ++v) {
    const double angle = Eigen::AngleAxisd(wrong[v].linear() * poses[v].linear().transpose()).angle();
    turn += angle * angle / (3 * cameras);
    shift += (wrong[v].translation() - poses[v].translation()).squaredNorm() / (3 * cameras);
  }
  EXPECT_NEAR(std::sqrt(turn), sigma, 0.05 * sigma);
  EXPECT_NEAR(std::sqrt(shift), sigma * radius, 0.05 * sigma * radius);
}

class NoScene : public SceneBranch {
 public:
  int input_size() const override { return 32; }
  bool relates_cameras() const override { return false; }
  SceneEstimate estimate(const torch::Tensor& images, const Progress&) override {
    SceneEstimate scene;
    scene.K = torch::eye(3).repeat({images.size(0), 1, 1});
    return scene;
  }
};

TEST(KnownPoses, AreTheScenesOfTheFirstViews) {
  NoScene inner;
  KnownPoses scene(inner, ring(4, 3));
  EXPECT_TRUE(scene.relates_cameras());
  EXPECT_EQ(scene.input_size(), 32);
  const auto estimate = scene.estimate(torch::zeros({2, 3, 32, 32}), {});
  ASSERT_EQ(estimate.world_from_camera.size(0), 2);
  EXPECT_NEAR(estimate.world_from_camera[1][0][3].item<double>(), 3, 1e-5);
  EXPECT_NEAR(estimate.world_from_camera[1][1][3].item<double>(), 0.9, 1e-5);
  EXPECT_EQ(estimate.K.size(0), 2);
}

}  // namespace
}  // namespace ahap

#include "reconstruction/chromm/view_fusion.h"

#include <gtest/gtest.h>

#include <Eigen/Geometry>

#include "reconstruction/geometry/similarity.h"
#include "reconstruction/rotation_vector.h"

namespace ahap {
namespace {

const Eigen::Vector3d kHead(1, 1.6, 4);

ViewState seen_from(const Eigen::Vector3d& camera, double distance_error = 0) {
  ViewState view;
  view.body = {.shape = {0.5}, .pose = {{0, 0, 0}}};
  view.camera_center = camera;
  view.head = kHead + distance_error * (kHead - camera).normalized();
  return view;
}

TEST(ViewFusion, triangulates_the_head_whatever_the_views_think_of_its_depth) {
  const FusedState fused = fuse_views(
      std::vector{seen_from({0, 1.5, 0}, 0.7), seen_from({5, 1, 3}, -0.4), seen_from({2, 2, 9}, 2)});
  EXPECT_TRUE(fused.triangulated);
  EXPECT_LT((fused.head - kHead).norm(), 1e-12);
}

TEST(ViewFusion, of_rays_that_miss_each_other_takes_the_point_between_them) {
  // Along x at y = 0, and along z at y = 0.2: nearest to both lies half way.
  std::vector<ViewState> views = {seen_from({0, 0, 0}), seen_from({0, 0, 0})};
  views[0].camera_center = {-3, 0, 2};
  views[0].head = {-1, 0, 2};
  views[1].camera_center = {1, 0.2, -5};
  views[1].head = {1, 0.2, -4};
  EXPECT_LT((fuse_views(views).head - Eigen::Vector3d(1, 0.1, 2)).norm(), 1e-12);
}

TEST(ViewFusion, of_one_view_or_of_almost_parallel_rays_averages_the_heads) {
  const FusedState one = fuse_views(std::vector{seen_from({0, 1.5, 0}, 0.3)});
  EXPECT_FALSE(one.triangulated);
  EXPECT_LT((one.head - seen_from({0, 1.5, 0}, 0.3).head).norm(), 1e-12);
  // From 4 metres, 3.4 and 3.8 degrees: 1e-3 lies at 3.62.
  const auto apart = [](double degrees) {
    const Eigen::Vector3d to =
        Eigen::AngleAxisd(degrees * M_PI / 180, Eigen::Vector3d::UnitY()) * Eigen::Vector3d(0, 0, -4);
    return fuse_views(
        std::vector{seen_from(kHead + Eigen::Vector3d(0, 0, -4), 0.2), seen_from(kHead + to, 0.2)});
  };
  EXPECT_FALSE(apart(3.4).triangulated);
  EXPECT_NEAR((apart(3.4).head - kHead).norm(), 0.2, 1e-3);
  EXPECT_TRUE(apart(3.8).triangulated);
}

TEST(ViewFusion, does_not_believe_a_point_behind_a_camera) {
  std::vector<ViewState> views = {seen_from({0, 0, 0}), seen_from({0, 0, 0})};
  views[0].camera_center = {-1, 0, 0};
  views[0].head = {-2, 0, 2};  // the rays diverge: they meet at z < 0
  views[1].camera_center = {1, 0, 0};
  views[1].head = {2, 0, 2};
  const FusedState fused = fuse_views(views);
  EXPECT_FALSE(fused.triangulated);
  EXPECT_LT((fused.head - Eigen::Vector3d(0, 0, 2)).norm(), 1e-12);
}

TEST(ViewFusion, averages_shapes_and_takes_the_rotation_nearest_to_the_mean_of_matrices) {
  std::vector<ViewState> views(3, seen_from({0, 0, 0}));
  const std::vector<Eigen::Vector3d> rotations = {{0.2, -0.9, 0.4}, {0.5, -0.7, 0.1}, {-0.3, -1.4, 0.6}};
  Eigen::Matrix3d sum = Eigen::Matrix3d::Zero();
  for (std::size_t v = 0; v < 3; ++v) {
    views[v].body = {.shape = {double(v), -2.0 * double(v)}, .pose = {rotations[v], {0, 0, 0}}};
    sum += rotation_of(rotations[v]);
  }
  const FusedState fused = fuse_views(views);
  EXPECT_DOUBLE_EQ(fused.body.shape[0], 1);
  EXPECT_DOUBLE_EQ(fused.body.shape[1], -2);
  EXPECT_LT((rotation_of(fused.body.pose[0]) - nearest_rotation(sum)).norm(), 1e-9);
  EXPECT_LT(fused.body.pose[1].norm(), 1e-9);
}

TEST(ViewFusion, averages_rotations_about_half_a_turn_which_means_of_vectors_do_not) {
  std::vector<ViewState> views(2, seen_from({0, 0, 0}));
  views[0].body.pose = {{0, M_PI - 0.1, 0}};
  views[1].body.pose = {{0, -(M_PI - 0.1), 0}};  // 0.2 apart, on both sides of half a turn
  const Eigen::Matrix3d fused = rotation_of(fuse_views(views).body.pose[0]);
  EXPECT_LT(rotation_angle(fused, rotation_of({0, M_PI, 0})), 1e-9);
}

}  // namespace
}  // namespace ahap

#include "reconstruction/synthetic/walk.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "reconstruction/body/poser.h"
#include "reconstruction/synthetic/body_template.h"

namespace ahap {
namespace {

using Eigen::Vector2f;
using Eigen::Vector3f;

constexpr double kTick = 0.02;  // seconds

Path winding_path() {
  return Path(
      {{-4, 0}, {-3, 0}, {-2, 0.2f}, {-1, 0}, {0, -1}, {1, -1}, {2, 0}, {2, 1.5f}, {0.5f, 2}, {-1, 2}});
}

// Walks of several people along one path, with a stop.
class Walking : public ::testing::TestWithParam<int> {
 protected:
  Walking() : rest_(body_template(BodyDetail::low).rest_joints({})) {}

  float sole() const { return body_template(BodyDetail::low).sole; }
  Walk walk() const {
    return Walk(rest_, sole(),
                {.path = winding_path(),
                 .start = 2,
                 .stops = {5},
                 .stop_seconds = 1,
                 .style = std::uint64_t(GetParam())});
  }
  // World.
  std::vector<Vector3f> joints(const WalkPose& pose) const {
    Poser body(rest_);
    body.local = pose.rotations;
    body.forward();
    std::vector<Vector3f> result;
    for (int j = 0; j < kSmplJoints; ++j) result.push_back(pose.pelvis + body.position(j));
    return result;
  }

  Skeleton rest_;
};

TEST_P(Walking, a_foot_on_the_floor_does_not_move) {
  const Walk walk = this->walk();
  ASSERT_TRUE(walk.in_reach());
  int in_contact = 0;
  for (double t = 0; t < 9; t += kTick) {
    const WalkPose now = walk.pose(t), next = walk.pose(t + kTick);
    const auto a = joints(now), b = joints(next);
    EXPECT_TRUE(now.foot_contact[0] || now.foot_contact[1] || next.foot_contact[0] || next.foot_contact[1])
        << "nobody runs, " << t;
    for (const int side : {0, 1}) {
      if (!now.foot_contact[side] || !next.foot_contact[side]) continue;
      ++in_contact;
      EXPECT_LT((a[10 + side] - b[10 + side]).norm(), 0.0005f) << t;
      EXPECT_NEAR(a[10 + side].y(), rest_[10 + side].y() - sole(), 0.001f) << t;
    }
  }
  EXPECT_GT(in_contact, 400);
}

TEST_P(Walking, feet_stay_above_the_floor_and_joints_never_jump) {
  const Walk walk = this->walk();
  auto before = joints(walk.pose(0));
  for (double t = kTick; t < 9; t += kTick) {
    const auto now = joints(walk.pose(t));
    for (int j = 0; j < kSmplJoints; ++j)
      EXPECT_LT((now[j] - before[j]).norm(), 8 * kTick) << "joint " << j << " at " << t;
    for (const int foot : {10, 11}) EXPECT_GT(now[foot].y(), rest_[foot].y() - sole() - 0.001f) << t;
    before = now;
  }
}

TEST_P(Walking, goes_at_its_speed_stops_and_ends_standing) {
  const Walk walk = this->walk();
  const float first = (walk.place(0.5) - walk.place(0)).norm() / 0.5f;
  EXPECT_NEAR(first, walk.speed(), 0.15f * walk.speed());
  double standing = 0, longest = 0;  // seconds with both feet on the floor
  for (double t = 0; t < 7; t += kTick) {
    const auto contact = walk.pose(t).foot_contact;
    standing = contact[0] && contact[1] ? standing + kTick : 0;
    longest = std::max(longest, standing);
  }
  EXPECT_GT(longest, 0.7) << "it stops for a second";
  EXPECT_LT((walk.place(30) - walk.place(40)).norm(), 1e-5f);
  EXPECT_LT((walk.place(30) - Vector2f(-1, 2)).norm(), 0.05f);
}

INSTANTIATE_TEST_SUITE_P(Styles, Walking, ::testing::Values(1, 2, 3));

TEST(FloorPath, begins_and_ends_in_its_corners_and_measures_length) {
  const Path straight({{0, 0}, {1, 0}, {2, 0}});
  EXPECT_NEAR(straight.length(), 2, 1e-4);
  EXPECT_LT((straight.at(1) - Vector2f(1, 0)).norm(), 1e-3f);
  EXPECT_LT((straight.at(3) - Vector2f(3, 0)).norm(), 1e-3f) << "straight on beyond the end";
  EXPECT_LT((straight.direction(0.7f) - Vector2f(1, 0)).norm(), 1e-4f);
  EXPECT_GT(straight.smallest_radius(), 100);
}

}  // namespace
}  // namespace ahap

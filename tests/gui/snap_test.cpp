#include "app/gui/snap.h"

#include <gtest/gtest.h>

#include "renderer/orbit_camera.h"

namespace ahap {
namespace {

using Kind = TapeEnd::Kind;
using Eigen::Vector3f;

constexpr float kReach = 12;  // pixels

// Looked at along -Z from ten metres: a person with a joint at (0, 1, 0) under a skin that lies 15 cm before
// it, and points.
class SnapTest : public ::testing::Test {
 protected:
  SnapTest() {
    OrbitCamera camera;
    camera.set_turntable({.pivot = {0, 1, 0}, .yaw = 0, .pitch = 0, .distance = 10});
    view_ = camera.view({800, 600});
    shown_.frames.emplace_back().points = points_;
    Person& person = shown_.people.emplace_back();
    person.id = 4;
    BodyInFrame& body = person.bodies.emplace_back();
    body.joints.assign(kSmplJoints, Vector3f(0, -50, 0));
    body.joints[20] = {0, 1, 0};
    body.mesh.positions = {{0, 1, 0.15f}, {0.3f, 1, 0.15f}, {-0.3f, 1, -0.15f}};
    body.mesh.normals = {{0, 0, 1}, {0, 0, 1}, {0, 0, -1}};
    state_.min_confidence = 0.5f;
  }
  void add_point(const Vector3f& place, float confidence = 1, int person = 0, Vector3f facing = {0, 0, 1}) {
    points_->positions.push_back(place);
    points_->colors.push_back({});
    points_->confidence.push_back(confidence);
    points_->view.push_back(0);
    points_->person.push_back(std::uint8_t(person));
    facing_.push_back(facing);
  }
  // With the cursor so many pixels beside the place.
  std::optional<TapeEnd> at(const Vector3f& place, float beside = 3) const {
    const Eigen::Vector2f cursor = view_.project(place).head<2>() + Eigen::Vector2f(0, beside);
    const auto target = snap_target(shown_, facing_, state_, view_, cursor, kReach);
    return target ? std::optional(target->end) : std::nullopt;
  }

  ViewTransform view_;
  ViewState state_;
  std::shared_ptr<PointCloud> points_ = std::make_shared<PointCloud>();
  std::vector<Vector3f> facing_;
  Reconstruction shown_;
  const TapeEnd wrist_{.kind = Kind::joint, .person_id = 4, .index = 20};
};

TEST_F(SnapTest, takes_the_joint_under_the_skin_before_the_skin) {
  EXPECT_EQ(at({0, 1, 0}), wrist_);
}

TEST_F(SnapTest, takes_the_skin_where_no_joint_is_near) {
  EXPECT_EQ(at({0.3f, 1, 0.15f}), (TapeEnd{.kind = Kind::vertex, .person_id = 4, .index = 1}));
  EXPECT_FALSE(at({-0.3f, 1, -0.15f})) << "the back of a body is not seen";
}

TEST_F(SnapTest, takes_nothing_beyond_its_reach) {
  EXPECT_TRUE(at({0, 1, 0}, kReach - 1));
  EXPECT_FALSE(at({0, 1, 0}, kReach + 1));
}

TEST_F(SnapTest, takes_what_is_in_front) {
  add_point({0, 1, 2});
  EXPECT_EQ(at({0, 1, 0}), (TapeEnd{.place = {0, 1, 2}})) << "a table before the person";
  points_->positions[0].z() = -2;
  EXPECT_EQ(at({0, 1, 0}), wrist_) << "a wall behind the person";
}

TEST_F(SnapTest, takes_the_nearest_of_what_is_equally_far) {
  add_point({1, 1, 0});
  add_point({1.1f, 1, 0});
  EXPECT_EQ(at({1.02f, 1, 0}, 0), (TapeEnd{.place = {1, 1, 0}}));
  EXPECT_EQ(at({1.08f, 1, 0}, 0), (TapeEnd{.place = {1.1f, 1, 0}}));
}

TEST_F(SnapTest, takes_only_what_is_shown) {
  add_point({1, 1, 0}, 0.4f);
  add_point({1, 1, 0.1f}, 1, 4);
  add_point({1, 1, 0.2f}, 1, 0, {0, 0, -1});
  EXPECT_FALSE(at({1, 1, 0})) << "uncertain, on a person, seen from behind";
  state_.hide_backs = false;
  EXPECT_TRUE(at({1, 1, 0}));
  state_.points = false;
  EXPECT_FALSE(at({1, 1, 0}));
  state_.hidden_people = {4};
  EXPECT_FALSE(at({0, 1, 0}));
  state_.hidden_people = {};
  state_.bodies = false;
  EXPECT_FALSE(at({0, 1, 0}));
  state_.skeletons = true;
  EXPECT_EQ(at({0, 1, 0}), wrist_);
  EXPECT_FALSE(at({0.3f, 1, 0.15f})) << "the skin is not there";
}

TEST_F(SnapTest, takes_nothing_behind_the_eye) {
  shown_.people.clear();
  add_point({0, 1, 30});
  EXPECT_FALSE(at({0, 1, 30}, 0));
}

}  // namespace
}  // namespace ahap

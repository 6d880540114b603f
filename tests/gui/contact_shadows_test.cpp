#include "app/gui/contact_shadows.h"

#include <gtest/gtest.h>

#include "tests/fixtures/sample_reconstruction.h"

namespace ahap {
namespace {

// Somebody whose feet stand on the floor y = 0 about the origin.
BodyInFrame standing() {
  BodyInFrame body;
  body.joints.assign(kSmplJoints, Eigen::Vector3f(0, 0.9f, 0));
  for (const int left : {7, 10}) body.joints[left] = {0.1f, 0.08f, 0};
  for (const int right : {8, 11}) body.joints[right] = {-0.1f, 0.08f, 0};
  return body;
}

PointCloud cloud(std::vector<Eigen::Vector3f> positions) {
  PointCloud points;
  points.positions = std::move(positions);
  return points;
}

struct Shadows {
  Person person;
  BodyInFrame body = standing();
  std::vector<PersonInFrame> people = {{person, body}};
  Eigen::Vector3f up{0, 1, 0};
};

TEST(ContactShadows, are_darkest_under_the_feet_and_gone_a_step_away) {
  const Shadows s;
  const PointCloud floor = cloud({{0.1f, 0, 0}, {0.3f, 0, 0}, {1.2f, 0, 0}});
  const auto light = light_beside_bodies(floor, std::vector(3, s.up), s.people);
  EXPECT_LT(light[0], 0.6f);
  EXPECT_GT(light[1], light[0] + 0.2f);
  EXPECT_LT(light[1], 1);
  EXPECT_EQ(light[2], 1);
}

TEST(ContactShadows, do_not_lie_on_what_faces_away_from_the_body) {
  const Shadows s;
  const PointCloud points = cloud({{0.1f, 0, 0}});
  EXPECT_EQ(light_beside_bodies(points, std::vector<Eigen::Vector3f>{-s.up}, s.people)[0], 1);
}

TEST(ContactShadows, need_somebody) {
  const PointCloud points = cloud({{0.1f, 0, 0}});
  EXPECT_EQ(light_beside_bodies(points, std::vector<Eigen::Vector3f>{{0, 1, 0}}, {})[0], 1);
}

}  // namespace
}  // namespace ahap

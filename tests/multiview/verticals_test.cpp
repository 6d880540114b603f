#include "reconstruction/multiview/verticals.h"

#include <gtest/gtest.h>

#include "tests/fixtures/picture_of_room.h"
#include "tests/multiview/simulated_capture.h"

namespace ahap {
namespace {

constexpr double kDegree = std::numbers::pi / 180;

// People in a room of checked walls, the cameras as known as people alone make them.
struct Room {
  SimulatedCapture capture;
  std::vector<Image> pictures;
  JointAssociation association;

  explicit Room(unsigned seed) : capture(simulate_capture(seed, 3, 2)) {
    for (Camera& camera : capture.cameras) {
      const double shrink = 0.5;
      camera.K.topRows<2>() *= shrink;
      camera.width /= 2;
      camera.height /= 2;
      pictures.push_back(picture_of_room(camera, 0.4));
    }
    for (std::size_t v = 0; v < capture.views.size(); ++v) {
      capture.views[v].width = capture.cameras[v].width;
      capture.views[v].height = capture.cameras[v].height;
      association.views.push_back({.camera = capture.cameras[v], .estimated = true});
    }
    for (const BodyPoints& body : capture.bodies) {
      association.people.push_back({{0, 1, 2}, body, {}});
      association.people.back().sigma.fill(0.02);
    }
  }
  std::vector<std::optional<StraightView>> verticals() const {
    std::vector<const Image*> pointers;
    for (const Image& picture : pictures) pointers.push_back(&picture);
    return agreeing_verticals(pointers, capture.views, {}, association,
                              up_of_bodies(association).value_or(Eigen::Vector3d::UnitY()));
  }
  std::vector<UpEstimate> true_ups() const {
    std::vector<UpEstimate> ups;
    for (const Camera& camera : capture.cameras)
      ups.push_back({camera.world_from_camera.linear().transpose() * Eigen::Vector3d::UnitY(), 0.1});
    return ups;
  }
};

Eigen::Vector3d true_up(const Camera& camera) {
  return camera.world_from_camera.linear().transpose() * Eigen::Vector3d::UnitY();
}

TEST(Verticals, PeopleStandAboutUpright) {
  const auto up = up_of_bodies(Room(1).association);
  ASSERT_TRUE(up);
  EXPECT_GT(up->y(), std::cos(15 * kDegree));
}

TEST(Verticals, NobodyKnownInSpaceTellsNothing) {
  Room room(1);
  for (AssociatedPerson& person : room.association.people) person.sigma.fill(0);
  EXPECT_FALSE(up_of_bodies(room.association));
  EXPECT_FALSE(rough_up(room.association, room.true_ups()));
}

TEST(Verticals, PeopleWhoLieAreNotBelievedAgainstTheViews) {
  Room room(1);
  EXPECT_EQ(*rough_up(room.association, room.true_ups()), *up_of_bodies(room.association))
      << "people who stand know it better";
  const Eigen::AngleAxisd lying(80 * kDegree, Eigen::Vector3d::UnitX());
  for (AssociatedPerson& person : room.association.people) {
    for (Eigen::Vector3d& point : person.points) point = lying * point;
  }
  EXPECT_GT(rough_up(room.association, room.true_ups())->y(), std::cos(1 * kDegree));
  EXPECT_LT(rough_up(room.association, {})->y(), std::cos(60 * kDegree)) << "without the views they are all";
}

TEST(Verticals, ARoomsEdgesSayWhatPeopleSayRoughly) {
  int focal_lengths = 0;
  for (unsigned seed = 2; seed < 4; ++seed) {
    const Room room(seed);
    const auto verticals = room.verticals();
    for (std::size_t v = 0; v < verticals.size(); ++v) {
      ASSERT_TRUE(verticals[v]) << "seed " << seed << " view " << v;
      EXPECT_GT(verticals[v]->up.up.dot(true_up(room.capture.cameras[v])), std::cos(1.5 * kDegree));
      if (!verticals[v]->focal_length) continue;
      ++focal_lengths;
      EXPECT_NEAR(*verticals[v]->focal_length / room.capture.cameras[v].K(0, 0), 1, 0.03);
    }
  }
  EXPECT_GE(focal_lengths, 2);  // of six: one horizontal vanishing point is often too far away
}

TEST(Verticals, AKnownFocalLengthStays) {
  Room room(2);
  for (auto& view : room.capture.views) view.focal_length = room.capture.cameras[0].K(0, 0);
  for (const auto& view : room.verticals()) {
    ASSERT_TRUE(view);
    EXPECT_FALSE(view->focal_length);
  }
}

TEST(Verticals, ViewsThatDisagreeAreNotBelieved) {
  Room room(2);
  // The poses claim a world that leans by 20 degrees more from view to view.
  for (int v = 0; v < 3; ++v) {
    auto& pose = room.association.views[v].camera.world_from_camera;
    pose = Eigen::AngleAxisd(20 * kDegree * (v - 1), Eigen::Vector3d::UnitX()) * pose;
  }
  for (const auto& view : room.verticals()) EXPECT_FALSE(view);
}

TEST(Verticals, OneViewAloneProvesNothing) {
  Room room(2);
  room.association.views[1].estimated = room.association.views[2].estimated = false;
  for (const auto& view : room.verticals()) EXPECT_FALSE(view);
}

}  // namespace
}  // namespace ahap

#include "reconstruction/multiview/identity_correction.h"

#include <gtest/gtest.h>

#include "tests/multiview/simulated_capture.h"

namespace ahap {
namespace {

constexpr double kDegree = std::numbers::pi / 180;

bool same_cameras(const JointAssociation& a, const JointAssociation& b) {
  for (std::size_t v = 0; v < a.views.size(); ++v) {
    const Camera &x = a.views[v].camera, &y = b.views[v].camera;
    if (x.K != y.K || x.world_from_camera.matrix() != y.world_from_camera.matrix()) return false;
  }
  return true;
}

// Three people in four views, everybody in all of them, found right.
class IdentityCorrection : public ::testing::Test {
 protected:
  CorrectedAssociation correct(const std::vector<int>& labels) const {
    return correct_identities(scene_.views, scene_.people, found_, labels);
  }

  static inline const SimulatedCapture scene_ = simulate_capture(100, 4, 3);
  static inline const JointAssociation found_ = associate_and_calibrate(scene_.views, scene_.people);
};

TEST_F(IdentityCorrection, WhatIsRightAlreadyStaysAsItIs) {
  const CorrectedAssociation same = correct(scene_.true_person);
  EXPECT_TRUE(same.cameras_kept);
  EXPECT_TRUE(same_cameras(same.association, found_));
  EXPECT_EQ(same.association.person_of_observation, found_.person_of_observation);
}

TEST_F(IdentityCorrection, ADetectionTakenAwayLeavesTheCameras) {
  std::vector<int> labels = scene_.true_person;
  labels[2] = -1;
  const CorrectedAssociation without = correct(labels);
  EXPECT_TRUE(without.cameras_kept);
  EXPECT_TRUE(same_cameras(without.association, found_));
  EXPECT_EQ(without.association.person_of_observation[2], -1);
  EXPECT_EQ(without.association.people.size(), 3u);
}

TEST_F(IdentityCorrection, CamerasFollowWhereSwappedPeopleAreToldApart) {
  // Two people taken for each other in one view: cameras that explain this are wrong.
  std::vector<int> swapped = scene_.true_person;
  int first = -1, second = -1;
  for (int i = 0; i < int(swapped.size()); ++i) {
    if (scene_.people[i].view != 1) continue;
    if (swapped[i] == 0) first = i;
    if (swapped[i] == 1) second = i;
  }
  ASSERT_GE(first, 0);
  ASSERT_GE(second, 0);
  std::swap(swapped[first], swapped[second]);
  const JointAssociation wrong = correct(swapped).association;
  const CorrectedAssociation right =
      correct_identities(scene_.views, scene_.people, wrong, scene_.true_person);
  EXPECT_FALSE(right.cameras_kept);
  EXPECT_LT(worst_rotation(scene_, right.association), 5 * kDegree);
  EXPECT_EQ(right.association.person_of_observation, found_.person_of_observation);
}

TEST_F(IdentityCorrection, EverybodyApartHasNoBodiesInCommonButTheCamerasStay) {
  std::vector<int> labels(scene_.people.size());
  for (std::size_t i = 0; i < labels.size(); ++i) labels[i] = int(i);
  const CorrectedAssociation apart = correct(labels);
  EXPECT_TRUE(same_cameras(apart.association, found_));
  EXPECT_EQ(apart.association.people.size(), scene_.people.size());
}

TEST_F(IdentityCorrection, NobodyIsTwiceInAPicture) {
  std::vector<int> labels = scene_.true_person;
  for (std::size_t i = 0; i < labels.size(); ++i)
    if (scene_.people[i].view == 0) labels[i] = 0;
  EXPECT_THROW(correct(labels), std::invalid_argument);
  EXPECT_THROW(correct({0, 1}), std::invalid_argument);
}

}  // namespace
}  // namespace ahap

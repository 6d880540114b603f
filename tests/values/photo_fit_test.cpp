#include "reconstruction/photo_fit.h"

#include <gtest/gtest.h>

#include "tests/fixtures/sample_reconstruction.h"

namespace ahap {
namespace {

using testing::sample_reconstruction;

constexpr int kLeftWrist = 20;

// Every joint of one detection moved by as much in its picture as so many metres at its depth.
void move_joints(Reconstruction& r, int detection, double metres) {
  Detection& seen = r.frames[0].detections[detection];
  const Camera& camera = r.views[seen.view].camera(0);
  const BodyInFrame& body = find_person(r, 0, seen.person_id)->body;
  for (int j = 0; j < kSmplJoints; ++j) {
    const double depth = (camera.camera_from_world() * body.joints[j].cast<double>()).z();
    seen.joints2d[j].x() += metres * camera.K(0, 0) / depth;
  }
}

TEST(PhotoFit, IsTheDistanceOfTheBodyFromWhatThePictureShows) {
  Reconstruction r = sample_reconstruction();
  move_joints(r, 2, 0.12);
  const auto fit = photo_fit(r, 0, 2);
  ASSERT_TRUE(fit);
  EXPECT_NEAR(fit->metres, 0.12, 1e-3);
  EXPECT_GT(fit->pixels, 5);
  EXPECT_GT(fit->metres, kPoorFit);
}

TEST(PhotoFit, OneWrongJointIsNamedAndDoesNotSpoilTheRest) {
  Reconstruction r = sample_reconstruction();
  move_joints(r, 0, 0.02);
  r.frames[0].detections[0].joints2d[kLeftWrist].y() += 300;
  const auto fit = photo_fit(r, 0, 0);
  ASSERT_TRUE(fit);
  EXPECT_NEAR(fit->metres, 0.02, 2e-3);
  EXPECT_EQ(fit->worst_joint, kLeftWrist);
  EXPECT_GT(fit->worst_metres, 0.5);
}

TEST(PhotoFit, WhatOnlyTheBodyKnowsIsNotCompared) {
  Reconstruction r = sample_reconstruction();
  EXPECT_FALSE(photo_fit(r, 0, 0)) << "all joints are the body's own";
}

TEST(PhotoFit, EveryJointIsShownBesideThatOfTheBody) {
  Reconstruction r = sample_reconstruction();
  move_joints(r, 2, 0.12);
  const std::vector<JointFit> fits = joint_fits(r, 0, 2, 1);
  ASSERT_EQ(fits.size(), 12u);
  for (const JointFit& fit : fits) {
    EXPECT_EQ(fit.seen, r.frames[0].detections[2].joints2d[std::size_t(fit.joint)]);
    EXPECT_GT(fit.seen.x(), fit.body.x());
    EXPECT_NEAR(fit.seen.y(), fit.body.y(), 1e-9);
    EXPECT_NEAR(fit.metres, 0.12, 1e-3);
  }
}

TEST(PhotoFit, SaysHowTheBodyOfSomebodyElseWouldLie) {
  Reconstruction r = sample_reconstruction();
  move_joints(r, 2, 0.02);
  const auto own = photo_fit(r, 0, 2), other = photo_fit(r, 0, 2, 2);
  ASSERT_TRUE(own && other);
  EXPECT_LT(own->metres, 0.03);
  EXPECT_GT(other->metres, 0.8) << "they stand 1.2 m apart";
  EXPECT_FALSE(photo_fit(r, 0, 2, 7)) << "there is no person 7";
}

TEST(PhotoFit, ThereIsNoneWithoutABodyAPoseOrJoints) {
  Reconstruction r = sample_reconstruction();
  EXPECT_FALSE(photo_fit(r, 0, 8)) << "nobody";
  move_joints(r, 3, 0.1);
  r.views[3].camera_estimated = false;
  EXPECT_FALSE(photo_fit(r, 0, 3));
  r.frames[0].detections[1].joints2d.clear();
  EXPECT_FALSE(photo_fit(r, 0, 1));
}

}  // namespace
}  // namespace ahap

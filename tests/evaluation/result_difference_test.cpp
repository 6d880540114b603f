#include "reconstruction/evaluation/result_difference.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/fixtures/sample_reconstruction.h"

namespace ahap {
namespace {

using namespace testing;

// The same scene in another world, which is turned, moved and multiplied.
Reconstruction elsewhere(double scale) {
  Reconstruction result = sample_reconstruction();
  const Eigen::Isometry3d motion =
      Eigen::Translation3d(3, -1, 2) * Eigen::AngleAxisd(1.1, Eigen::Vector3d(1, 2, 3).normalized());
  for (ReconstructedView& view : result.views) {
    Eigen::Isometry3d& pose = view.cameras[0].world_from_camera;
    pose.translation() *= scale;
    pose = motion * pose;
  }
  for (Person& person : result.people)
    for (Eigen::Vector3f& X : person.bodies[0].joints)
      X = (motion * Eigen::Vector3d(scale * X.cast<double>())).cast<float>();
  return result;
}

TEST(ResultDifference, is_none_between_a_result_and_itself) {
  const Reconstruction result = sample_reconstruction();
  const ResultDifference none = difference_of(result, result);
  EXPECT_EQ(none.cameras, 4) << "the fifth view has none";
  EXPECT_EQ(none.people, 2);
  EXPECT_NEAR(*none.rotation, 0, 1e-6);
  EXPECT_NEAR(*none.centres, 0, 1e-9);
  EXPECT_NEAR(*none.focal, 0, 1e-12);
  EXPECT_NEAR(*none.scale, 1, 1e-9);
  EXPECT_NEAR(*none.joints, 0, 1e-6);
  EXPECT_DOUBLE_EQ(*none.identities, 1);
}

TEST(ResultDifference, another_world_differs_in_scale_alone) {
  const ResultDifference other = difference_of(sample_reconstruction(), elsewhere(1.1));
  EXPECT_NEAR(*other.scale, 1.1, 1e-6);
  EXPECT_NEAR(*other.rotation, 0, 1e-6);
  EXPECT_NEAR(*other.centres, 0, 1e-6);
  EXPECT_NEAR(*other.joints, 0, 1e-5);
  EXPECT_EQ(other.people, 2);
}

TEST(ResultDifference, measures_a_turned_camera_another_lens_and_a_moved_person) {
  const Reconstruction first = sample_reconstruction();
  Reconstruction second = first;
  second.views[1].cameras[0].K.topLeftCorner<2, 2>() *= 1.2;
  for (Eigen::Vector3f& X : second.people[0].bodies[0].joints) X.x() += 0.3f;
  ResultDifference difference = difference_of(first, second);
  EXPECT_NEAR(*difference.focal, std::log(1.2) / 4, 1e-9);
  EXPECT_NEAR(*difference.joints, 0.15, 1e-4) << "one of two, by 0.3 m";
  Eigen::Isometry3d& pose = second.views[1].cameras[0].world_from_camera;
  pose.linear() = pose.linear() * Eigen::AngleAxisd(0.1, Eigen::Vector3d::UnitY()).toRotationMatrix();
  difference = difference_of(first, second);
  EXPECT_NEAR(*difference.rotation, 0.05, 1e-6) << "in three of six pairs";
}

TEST(ResultDifference, people_far_apart_are_not_the_same) {
  const Reconstruction first = sample_reconstruction();
  Reconstruction second = first;
  for (Eigen::Vector3f& X : second.people[0].bodies[0].joints) X.x() += 30;
  const ResultDifference difference = difference_of(first, second);
  EXPECT_EQ(difference.people, 1);
  EXPECT_NEAR(*difference.joints, 0, 1e-6);
}

TEST(ResultDifference, another_naming_of_people_is_the_same_and_another_person_is_not) {
  const Reconstruction first = sample_reconstruction();
  Reconstruction second = first;
  for (Detection& detection : second.frames[0].detections)
    if (detection.person_id > 0) detection.person_id = 3 - detection.person_id;
  EXPECT_DOUBLE_EQ(*difference_of(first, second).identities, 1) << "1 is 2 and 2 is 1 everywhere";
  std::swap(second.frames[0].detections[0].person_id, second.frames[0].detections[4].person_id);
  EXPECT_DOUBLE_EQ(*difference_of(first, second).identities, 0.75) << "two of eight boxes are exchanged";
  second.frames[0].detections[0].person_id = kNotAPerson;
  EXPECT_NEAR(*difference_of(first, second).identities, 2 * 6 / 15.0, 1e-9) << "of eight boxes and seven";
}

TEST(ResultDifference, motion_along_the_floor_brings_a_turned_world_back_and_nothing_else) {
  const Reconstruction first = sample_reconstruction();
  Reconstruction second = first;
  const Eigen::Isometry3d away =
      Eigen::Translation3d(2, 0.4, -1) * Eigen::AngleAxisd(2.5, Eigen::Vector3d::UnitY());
  for (ReconstructedView& view : second.views)
    view.cameras[0].world_from_camera = away * view.cameras[0].world_from_camera;
  const auto motion = motion_along_floor(first, second);
  ASSERT_TRUE(motion.has_value());
  const Eigen::Isometry3d left = *motion * away;
  EXPECT_TRUE(left.linear().isIdentity(1e-9));
  EXPECT_TRUE(left.translation().isApprox(Eigen::Vector3d(0, 0.4, 0), 1e-9)) << "the height is its own";
  for (std::size_t v = 1; v < second.views.size(); ++v) second.views[v].camera_estimated = false;
  EXPECT_TRUE(motion_along_floor(first, second)->isApprox(*motion, 1e-6)) << "one camera is enough";
  second.views[0].camera_estimated = false;
  EXPECT_FALSE(motion_along_floor(first, second));
}

TEST(ResultDifference, cameras_that_contradict_each_other_move_nothing) {
  const Reconstruction first = sample_reconstruction();
  Reconstruction second = first;
  std::swap(second.views[0].cameras, second.views[1].cameras);
  std::swap(second.views[2].cameras, second.views[3].cameras);
  EXPECT_FALSE(motion_along_floor(first, second));
}

TEST(ResultDifference, says_nothing_about_what_is_not_there) {
  const Reconstruction first = sample_reconstruction();
  Reconstruction second = first;
  for (ReconstructedView& view : second.views) view.camera_estimated = false;
  const ResultDifference difference = difference_of(first, second);
  EXPECT_EQ(difference.cameras, 0);
  EXPECT_DOUBLE_EQ(*difference.identities, 1) << "which need no cameras";
  EXPECT_FALSE(difference.rotation || difference.centres || difference.focal || difference.scale ||
               difference.joints);
}

}  // namespace
}  // namespace ahap

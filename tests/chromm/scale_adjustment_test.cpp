#include "reconstruction/chromm/scale_adjustment.h"

#include <gtest/gtest.h>

#include <Eigen/Geometry>

namespace ahap {
namespace {

// An upright person whose pelvis is 0.6 m below the head, placed at `shown` metres while the picture shows
// the same person at `true_distance`.
HeadAndPelvis person_at(double shown, double true_distance, double side = 0) {
  HeadAndPelvis person;
  person.K << 1000, 0, 960, 0, 1000, 540, 0, 0, 1;
  person.side = 1920;
  person.head = {side, -0.6, shown};
  person.pelvis = {side, 0, shown};
  const double ratio = shown / true_distance;
  person.seen_head = {960 + 1000 * side / shown, 540 - 600 / true_distance};
  person.seen_pelvis = {960 + 1000 * side / shown, 540};
  EXPECT_GT(ratio, 0);
  return person;
}

TEST(LengthRatio, is_the_factor_that_brings_an_upright_person_to_its_true_distance) {
  EXPECT_NEAR(length_ratio(person_at(4, 4)).value(), 1, 1e-12);
  EXPECT_NEAR(length_ratio(person_at(4, 5)).value(), 1.25, 1e-12) << "the scene is too small";
  EXPECT_NEAR(length_ratio(person_at(6, 3, 1.5)).value(), 0.5, 1e-12);
}

TEST(LengthRatio, of_somebody_seen_along_the_spine_is_none) {
  HeadAndPelvis person = person_at(4, 4);
  person.seen_pelvis = person.seen_head + Eigen::Vector2d(0, 0.0199 * 1920);
  EXPECT_FALSE(length_ratio(person));
  person.seen_pelvis = person.seen_head + Eigen::Vector2d(0, 0.0201 * 1920);
  EXPECT_TRUE(length_ratio(person));
  person.side = 0;
  person.seen_pelvis = person.seen_head;
  EXPECT_FALSE(length_ratio(person));
}

TEST(LengthRatio, of_somebody_who_is_not_in_front_of_the_camera_is_none) {
  HeadAndPelvis person = person_at(4, 4);
  person.pelvis.z() = -0.1;
  EXPECT_FALSE(length_ratio(person));
  person = person_at(4, 4);
  person.head.z() = 0;
  EXPECT_FALSE(length_ratio(person));
}

TEST(ScaleAdjustment, is_the_mean_of_everybody_and_the_median_on_demand) {
  EXPECT_DOUBLE_EQ(scale_adjustment({1.0, 1.2, 2.0}), 1.4);
  EXPECT_DOUBLE_EQ(scale_adjustment({1.0, 1.2, 2.0}, RatioMean::median), 1.2);
  EXPECT_DOUBLE_EQ(scale_adjustment({}), 1);
}

}  // namespace
}  // namespace ahap

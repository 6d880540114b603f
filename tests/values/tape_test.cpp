#include "reconstruction/tape.h"

#include <gtest/gtest.h>

#include "tests/fixtures/sample_reconstruction.h"

namespace ahap {
namespace {

using namespace testing;
using Kind = TapeEnd::Kind;

const Reconstruction& sample() {
  static const Reconstruction sample = sample_reconstruction();
  return sample;
}

TEST(Tape, measures_between_places_of_the_world_and_of_bodies) {
  const TapeEnd wrist{.kind = Kind::joint, .person_id = 2, .index = 20};
  const TapeEnd skin{.kind = Kind::vertex, .person_id = 1, .index = 7};
  const TapeEnd point{.place = {1, 2, 3}};
  EXPECT_EQ(*place_of(wrist, sample(), 0), sample().people[1].bodies[0].joints[20]);
  EXPECT_EQ(*place_of(skin, sample(), 0), sample().people[0].bodies[0].mesh.positions[7]);
  EXPECT_DOUBLE_EQ(*length_of({{.place = {1, 2, 1}}, point}, sample(), 0), 2);
}

TEST(Tape, has_no_length_where_its_person_joint_or_vertex_is_not_there) {
  const TapeEnd point;
  for (const TapeEnd& end : {TapeEnd{.kind = Kind::joint, .person_id = 3},
                             TapeEnd{.kind = Kind::joint, .person_id = 1, .index = 24},
                             TapeEnd{.kind = Kind::vertex, .person_id = 1, .index = 1 << 30},
                             TapeEnd{.kind = Kind::vertex, .person_id = 1, .index = -1}})
    EXPECT_FALSE(length_of({point, end}, sample(), 0));
}

TEST(Tape, names_what_its_ends_are_on) {
  EXPECT_EQ(end_label({.kind = Kind::joint, .person_id = 2, .index = 20}, sample()), "Person 2, left wrist");
  EXPECT_EQ(end_label({.kind = Kind::vertex, .person_id = 1}, sample()), "Person 1, surface");
  EXPECT_EQ(end_label({}, sample()), "point");
}

TEST(Tape, grows_with_the_world) {
  const Tape tape =
      moved(Tape{{.place = {1, 0, 0}}, {.place = {1, 2, 0}}}, Eigen::Affine3d(Eigen::Scaling(1.5)));
  EXPECT_DOUBLE_EQ(*length_of(tape, sample(), 0), 3);
}

}  // namespace
}  // namespace ahap

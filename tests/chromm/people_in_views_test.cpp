#include "reconstruction/chromm/people_in_views.h"

#include <gmock/gmock.h>

#include <random>

#include "reconstruction/rotation_vector.h"
#include "reconstruction/smpl_joints.h"

namespace ahap {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::SizeIs;

// Three cameras around people who walk; what a perfect network would say of them.
class PeopleInViews : public ::testing::Test {
 protected:
  PeopleInViews() {
    for (const double angle : {0.0, 1.2, 2.5}) {
      Eigen::Isometry3d& camera = cameras_.emplace_back(Eigen::Isometry3d::Identity());
      // On a circle of 6 metres about (0, 1, 0), the optical axis towards it and y down.
      const Eigen::AngleAxisd turn(angle, Eigen::Vector3d::UnitY());
      camera.linear() = turn.toRotationMatrix() * Eigen::Vector3d(1, -1, -1).asDiagonal();
      camera.translation() = turn * Eigen::Vector3d(0, 0, 6) + Eigen::Vector3d(0, 1, 0);
    }
    ViewLens lens{.side = 1920};
    lens.K << 1400, 0, 960, 0, 1400, 540, 0, 0, 1;
    views_.assign(cameras_.size(), lens);
  }

  // The 24 joints of somebody at a place, who is turned about the vertical and whose joints lie about the
  // pelvis as his number says.
  std::vector<Eigen::Vector3d> joints(int who, int t) const {
    std::mt19937 generator(unsigned(who) + 1);
    std::uniform_real_distribution<double> across(-0.25, 0.25), up(-0.8, 0.5);
    std::vector<Eigen::Vector3d> joints;
    for (int j = 0; j < kSmplJoints; ++j) {
      Eigen::Vector3d about_pelvis(across(generator), up(generator), across(generator));
      if (j == 0) about_pelvis.setZero();
      if (j == 15) about_pelvis = {0, 0.6, 0};
      joints.push_back(place(who, t) + turn(who) * about_pelvis);
    }
    return joints;
  }
  static Eigen::Vector3d place(int who, int t) { return {1.5 * who - 1.5 + 0.03 * t, 1, 0.4 * who}; }
  static Eigen::Matrix3d turn(int who) { return rotation_of({0, 0.8 * who, 0}); }

  PersonInView seen(int who, int view, int t, double unit) const {
    const Eigen::Isometry3d to_camera = cameras_[std::size_t(view)].inverse();
    const auto in_world = joints(who, t);
    const Eigen::Vector3d head = to_camera * in_world[15], pelvis = to_camera * in_world[0];
    PersonInView person;
    person.view = view;
    person.score = 0.9;
    const Eigen::Matrix3d& K = views_[std::size_t(view)].K;
    person.head = (K * head).hnormalized();
    person.pelvis = (K * pelvis).hnormalized();
    person.token = 40 * Eigen::RowVectorXf::Unit(8, who) + 0.1f * float(t) * Eigen::RowVectorXf::Unit(8, 7);
    person.body.shape = {0.1 * who};
    person.body.pose = {rotation_vector(to_camera.linear() * turn(who))};
    for (const Eigen::Vector3d& joint : in_world) person.joints.push_back(to_camera * joint - head);
    person.depth = head.z() / unit;
    return person;
  }
  // All people in all views, where a unit of the cameras' world is so many metres.
  std::vector<SeenInstant> capture(int people, int instants, double unit = 1) const {
    std::vector<SeenInstant> seen_instants;
    for (int t = 0; t < instants; ++t) {
      SeenInstant& instant = seen_instants.emplace_back();
      instant.time = t / 30.0;
      instant.world_from_camera = cameras_;
      for (Eigen::Isometry3d& camera : instant.world_from_camera) camera.translation() /= unit;
      for (int view = 0; view < int(cameras_.size()); ++view)
        for (int n = 0; n < people; ++n)  // in another order in every view
          instant.people.push_back(seen((n + view) % people, view, t, unit));
    }
    return seen_instants;
  }
  static int who_is(const PersonInView& person) {
    int who = 0;
    person.token.head(7).maxCoeff(&who);
    return who;
  }

  std::vector<Eigen::Isometry3d> cameras_;
  std::vector<ViewLens> views_;
};

TEST_F(PeopleInViews, are_found_again_in_all_views_and_instants_where_they_stand) {
  const auto instants = capture(3, 6);
  const FusedPeople fused = fuse_people_in_views(views_, instants);
  EXPECT_EQ(fused.ratios, 3u * 3u * 6u);
  EXPECT_NEAR(fused.scale, 1, 1e-9);
  ASSERT_THAT(fused.people, SizeIs(3));
  for (const auto& bodies : fused.people) {
    ASSERT_THAT(bodies, SizeIs(6));
    const int who = who_is(instants[0].people[std::size_t(bodies[0].seen[0])]);
    for (const FusedBody& body : bodies) {
      EXPECT_THAT(body.seen, SizeIs(3));
      for (const int n : body.seen)
        EXPECT_EQ(who_is(instants[std::size_t(body.instant)].people[std::size_t(n)]), who);
      EXPECT_TRUE(body.state.triangulated);
      EXPECT_LT((body.state.head - joints(who, body.instant)[15]).norm(), 1e-9);
      EXPECT_LT((rotation_of(body.state.body.pose[0]) - turn(who)).norm(), 1e-9);
      EXPECT_NEAR(body.state.body.shape[0], 0.1 * who, 1e-12);
    }
  }
}

TEST_F(PeopleInViews, bring_a_scene_of_another_unit_to_metres) {
  for (const double metres_per_unit : {0.6, 2.5}) {
    const auto instants = capture(2, 3, metres_per_unit);
    const FusedPeople fused = fuse_people_in_views(views_, instants);
    // Head and pelvis at other depths make the ratio inexact (their difference over the distance).
    EXPECT_NEAR(fused.scale, metres_per_unit, 0.03 * metres_per_unit);
    ASSERT_THAT(fused.people, SizeIs(2));
    for (const auto& bodies : fused.people) {
      const int who = who_is(instants[0].people[std::size_t(bodies[0].seen[0])]);
      EXPECT_LT((bodies[0].state.head - joints(who, 0)[15]).norm(), 0.2);
    }
  }
}

TEST_F(PeopleInViews, have_one_scale_where_chunks_have_units_of_their_own) {
  auto instants = capture(2, 4);
  for (std::size_t t = 2; t < 4; ++t) {
    instants[t].unit = 0.5;
    for (PersonInView& person : instants[t].people) person.depth /= 0.5;
  }
  const FusedPeople fused = fuse_people_in_views(views_, instants);
  EXPECT_NEAR(fused.scale, 1, 0.05);
  ASSERT_THAT(fused.people, SizeIs(2));
  EXPECT_THAT(fused.people[0], SizeIs(4));
  const int who = who_is(instants[3].people[std::size_t(fused.people[0][3].seen[0])]);
  EXPECT_LT((fused.people[0][3].state.head - joints(who, 3)[15]).norm(), 0.2);
}

TEST_F(PeopleInViews, keep_their_identity_where_a_view_does_not_see_them_for_a_while) {
  auto instants = capture(2, 12);
  for (std::size_t t = 5; t < 7; ++t)
    std::erase_if(instants[t].people, [](const PersonInView& p) { return p.view == 0 && who_is(p) == 1; });
  const FusedPeople fused = fuse_people_in_views(views_, instants);
  ASSERT_THAT(fused.people, SizeIs(2)) << "both tracks of view 0 are one person of views 1 and 2";
  EXPECT_THAT(fused.people[0], AllOf(SizeIs(12), Each(Field(&FusedBody::seen, SizeIs(3)))));
  EXPECT_THAT(fused.people[1], SizeIs(12));
  EXPECT_THAT(fused.people[1][5].seen, SizeIs(2));
}

TEST_F(PeopleInViews, without_depth_or_with_a_jump_belong_to_no_one) {
  auto instants = capture(1, 6);
  instants[2].people[1].depth = 0;
  instants[4].people[0].depth *= 3;
  const FusedPeople fused = fuse_people_in_views(views_, instants, RatioMean::median);
  ASSERT_THAT(fused.people, SizeIs(1));
  EXPECT_THAT(fused.people[0][2].seen, ElementsAre(0, 2));
  EXPECT_THAT(fused.people[0][4].seen, ElementsAre(1, 2));
  EXPECT_NEAR(fused.scale, 1, 1e-9) << "the median does not mind the jump";
}

TEST_F(PeopleInViews, of_nobody_are_nobody_and_tell_no_scale) {
  const FusedPeople fused = fuse_people_in_views(views_, capture(0, 3));
  EXPECT_TRUE(fused.people.empty());
  EXPECT_EQ(fused.scale, 1);
  EXPECT_EQ(fused.ratios, 0u);
}

}  // namespace
}  // namespace ahap

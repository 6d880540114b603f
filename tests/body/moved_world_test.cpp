#include "reconstruction/body/moved_world.h"

#include <gmock/gmock.h>

#include "reconstruction/body/body_mesh.h"
#include "reconstruction/body/own_body.h"
#include "reconstruction/body/posed_vertices.h"
#include "reconstruction/corrections.h"
#include "tests/fixtures/own_bodies.h"
#include "tests/fixtures/sample_range.h"

namespace ahap {
namespace {

using namespace testing;
using ::testing::HasSubstr;

const Eigen::Isometry3d kMotion =
    Eigen::Translation3d(0.4, -0.2, 1.3) * Eigen::AngleAxisd(0.7, Eigen::Vector3d(1, 2, -0.5).normalized());

const Eigen::Vector3f kTurned(0.2f, 0.9f, -0.3f);

TEST(MovedWorld, shows_the_same_in_every_picture) {
  const Reconstruction before = sample_with_own_bodies(kTurned);
  const auto after = moved(before, kMotion);
  for (std::size_t v = 0; v < 4; ++v) {
    const Camera &a = before.views[v].camera(0), &b = after->views[v].camera(0);
    const auto same = [&](const Eigen::Vector3f& X, const Eigen::Vector3f& Y) {
      return (*a.project(X.cast<double>()) - *b.project(Y.cast<double>())).norm() < 1e-3;
    };
    for (std::size_t p = 0; p < 2; ++p)
      for (std::size_t j = 0; j < kSmplJoints; ++j)
        EXPECT_TRUE(same(before.people[p].bodies[0].joints[j], after->people[p].bodies[0].joints[j]));
    EXPECT_TRUE(same(before.frames[0].points->positions[v], after->frames[0].points->positions[v]));
  }
}

TEST(MovedWorld, parameters_give_the_moved_bodies) {
  const auto after = moved(sample_with_own_bodies(kTurned), kMotion);
  for (const Person& person : after->people) {
    const BodyInFrame& body = person.bodies[0];
    const TriangleMesh again = mesh_of(*own_body("procedural"), smpl_of(person, body));
    float farthest = 0;
    for (std::size_t v = 0; v < again.positions.size(); ++v)
      farthest = std::max(farthest, (again.positions[v] - body.mesh.positions[v]).norm());
    EXPECT_LT(farthest, 1e-4f);
  }
}

TEST(MovedWorld, normals_turn_with_their_surface) {
  Reconstruction before = sample_with_own_bodies(kTurned);
  TriangleMesh& mesh = before.people[0].bodies[0].mesh;
  mesh.normals = vertex_normals(mesh.positions, mesh.triangles);
  const auto after = moved(before, kMotion);
  const TriangleMesh& there = after->people[0].bodies[0].mesh;
  const auto expected = vertex_normals(there.positions, there.triangles);
  float farthest = 0;
  for (std::size_t v = 0; v < expected.size(); ++v)
    farthest = std::max(farthest, (expected[v] - there.normals[v]).norm());
  EXPECT_LT(farthest, 1e-3f);
}

TEST(MovedWorld, there_and_back_is_the_same_world) {
  const Reconstruction before = sample_range();
  const auto back = moved(*moved(before, kMotion), kMotion.inverse());
  for (std::size_t p = 0; p < before.people.size(); ++p)
    for (std::size_t f = 0; f < before.people[p].bodies.size(); ++f) {
      const BodyInFrame &a = before.people[p].bodies[f], &b = back->people[p].bodies[f];
      EXPECT_LT((a.transl - b.transl).norm(), 1e-5f);
      EXPECT_LT((a.joints[5] - b.joints[5]).norm(), 1e-5f);
    }
  EXPECT_EQ(back->frames[0].points, back->frames[1].points) << "frames share their points as before";
  EXPECT_EQ(before.frames[0].points, before.frames[1].points);
}

TEST(MovedWorld, is_told_from_others) {
  const Reconstruction before = sample_reconstruction();
  EXPECT_TRUE(is_moved(before, *moved(before, kMotion)));
  EXPECT_FALSE(is_moved(before, before));
  Reconstruction other = *moved(before, kMotion);
  other.views[1].cameras[0].world_from_camera.translation().x() += 0.01;
  EXPECT_FALSE(is_moved(before, other));
}

TEST(MovedWorld, smplx_bodies_move_with_their_pelvis) {
  Reconstruction before = sample_with_own_bodies(kTurned);
  BodyInFrame& body = before.people[0].bodies[0];
  body.smplx.emplace();
  body.smplx->pose[0] = {0.1f, 0.2f, 0.3f};
  body.smplx->transl = body.joints[0] - Eigen::Vector3f(0, -0.35f, 0.02f);
  const auto after = moved(before, kMotion);
  const BodyInFrame& there = after->people[0].bodies[0];
  EXPECT_LT((there.joints[0] - there.smplx->transl - Eigen::Vector3f(0, -0.35f, 0.02f)).norm(), 1e-5f);
}

// A run whose only correction is that it names its people anew.
class NamingRun : public CorrectableRun {
 public:
  explicit NamingRun(Reconstruction result) : result_(std::move(result)) {}
  std::shared_ptr<const Reconstruction> with_decisions(const Decisions&, const Progress&) const override {
    return std::make_shared<const Reconstruction>(result_);
  }

 private:
  Reconstruction result_;
};

TEST(MovedWorld, later_corrections_are_moved_too) {
  Reconstruction before = sample_with_own_bodies(kTurned);
  before.run = std::make_shared<NamingRun>(before);
  const auto after = moved(before, kMotion);
  const auto corrected = after->run->with_decisions({}, {});
  EXPECT_LT((corrected->people[0].bodies[0].joints[3] - after->people[0].bodies[0].joints[3]).norm(), 1e-6f);
}

// Three places of a tilted plane 1.2 m below the cameras' middle.
TEST(Floor, three_places_become_it_with_the_cameras_above) {
  const Reconstruction before = sample_reconstruction();
  const auto tilted = moved(before, kMotion);
  std::array<Eigen::Vector3d, 3> places = {
      {{-1, 0, -1}, {1.5, 0, -0.8}, {0.2, 0, 1.4}}};  // on the sample's floor
  for (Eigen::Vector3d& X : places) X = kMotion * X;
  for (const auto& order : {std::array{0, 1, 2}, std::array{2, 1, 0}}) {
    const std::array<Eigen::Vector3d, 3> given = {
        places[std::size_t(order[0])], places[std::size_t(order[1])], places[std::size_t(order[2])]};
    const Eigen::Isometry3d motion = floor_motion(given, *tilted);
    for (const Eigen::Vector3d& X : places) EXPECT_NEAR((motion * X).y(), 0, 1e-9);
    const auto level = moved(*tilted, motion);
    for (std::size_t v = 0; v < 4; ++v)
      EXPECT_NEAR(level->views[v].camera(0).center().y(), before.views[v].camera(0).center().y(), 1e-6);
    const Eigen::Vector3d first = motion * given[0];
    EXPECT_NEAR(first.x(), given[0].x(), 1e-9);
    EXPECT_NEAR(first.z(), given[0].z(), 1e-9);
  }
}

TEST(Floor, places_on_a_line_or_side_by_side_are_refused) {
  const Reconstruction result = sample_reconstruction();
  const auto refusal = [&](const std::array<Eigen::Vector3d, 3>& places) -> std::string {
    try {
      floor_motion(places, result);
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "taken";
  };
  EXPECT_THAT(refusal({{{0, 0, 0}, {1, 0, 0}, {2, 0.01, 0}}}), HasSubstr("choose others"));
  EXPECT_THAT(refusal({{{0, 0, 0}, {0.1, 0, 0}, {0, 0, 0.1}}}), HasSubstr("choose others"));
  EXPECT_THAT(refusal({{{1, 1, 1}, {1, 1, 1}, {1, 1, 1}}}), HasSubstr("choose others"));
  EXPECT_EQ(refusal({{{0, 0, 0}, {1, 0, 0}, {0, 0, 1}}}), "taken");
}

TEST(Upright, a_line_becomes_vertical_about_its_lower_end) {
  const Eigen::Vector3d foot(0.3, 0.1, -0.4), top(0.5, 1.9, -0.1);
  for (const auto& motion : {upright_motion(foot, top), upright_motion(top, foot)}) {
    EXPECT_LT((motion * foot - foot).norm(), 1e-12);
    const Eigen::Vector3d up = motion * top - motion * foot;
    EXPECT_NEAR(up.y(), (top - foot).norm(), 1e-12);
  }
  EXPECT_THROW(upright_motion(foot, foot + Eigen::Vector3d(0, 0.05, 0)), std::runtime_error);
}

TEST(Origin, lies_below_the_place_and_the_floor_stays) {
  const Eigen::Vector3d place(0.3, 1.1, -0.4);
  EXPECT_LT((origin_motion(place) * place - Eigen::Vector3d(0, 1.1, 0)).norm(), 1e-12);
}

}  // namespace
}  // namespace ahap

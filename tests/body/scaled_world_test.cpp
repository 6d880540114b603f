#include "reconstruction/body/scaled_world.h"

#include <gmock/gmock.h>

#include <limits>

#include "reconstruction/body/body_mesh.h"
#include "reconstruction/body/own_body.h"
#include "reconstruction/body/posed_vertices.h"
#include "reconstruction/corrections.h"
#include "tests/fixtures/own_bodies.h"
#include "tests/fixtures/sample_range.h"

namespace ahap {
namespace {

using namespace testing;

constexpr double kFactor = 1.2;

// Largest distance between vertices that should be the same, metres.
float farthest(const TriangleMesh& a, const TriangleMesh& b, float factor) {
  float most = 0;
  for (std::size_t v = 0; v < a.positions.size(); ++v)
    most = std::max(most, (factor * a.positions[v] - b.positions[v]).norm());
  return most;
}

TEST(ScaledWorld, shows_the_same_in_every_picture) {
  const Reconstruction before = sample_with_own_bodies();
  const auto after = scaled(before, kFactor);
  for (std::size_t v = 0; v < 4; ++v) {
    const Camera &a = before.views[v].camera(0), &b = after->views[v].camera(0);
    for (std::size_t p = 0; p < 2; ++p)
      for (std::size_t j = 0; j < kSmplJoints; ++j)
        EXPECT_LT((*a.project(before.people[p].bodies[0].joints[j].cast<double>()) -
                   *b.project(after->people[p].bodies[0].joints[j].cast<double>()))
                      .norm(),
                  1e-3);
    const Eigen::Vector3d X = before.frames[0].points->positions[v].cast<double>();
    const Eigen::Vector3d Y = after->frames[0].points->positions[v].cast<double>();
    EXPECT_LT((*a.project(X) - *b.project(Y)).norm(), 1e-3);
  }
}

TEST(ScaledWorld, multiplies_everything_in_metres_and_nothing_else) {
  const Reconstruction before = sample_with_own_bodies();
  const auto after = scaled(before, kFactor);
  EXPECT_DOUBLE_EQ(after->scale, 1.25 * kFactor);
  EXPECT_DOUBLE_EQ(after->people[0].height, before.people[0].height * kFactor);
  EXPECT_DOUBLE_EQ(after->frames[0].detections[0].keypoint_depth,
                   before.frames[0].detections[0].keypoint_depth * kFactor);
  EXPECT_EQ(after->views[0].camera(0).K, before.views[0].camera(0).K);
  EXPECT_EQ(after->people[0].bodies[0].pose, before.people[0].bodies[0].pose);
  EXPECT_EQ(after->people[0].bodies[0].triangulation_residual,
            before.people[0].bodies[0].triangulation_residual);
  EXPECT_EQ(after->messages, before.messages);
}

TEST(ScaledWorld, gives_the_program_s_own_body_parameters_of_the_new_size) {
  const Reconstruction before = sample_with_own_bodies();
  for (const double factor : {0.7, kFactor, 1.6}) {
    const auto after = scaled(before, factor);
    for (std::size_t p = 0; p < 2; ++p) {
      const Person& person = after->people[p];
      const TriangleMesh again = mesh_of(*own_body("procedural"), smpl_of(person, person.bodies[0]));
      EXPECT_LT(farthest(person.bodies[0].mesh, again, 1), 0.005f)
          << "SMPL's corrections by pose have a size";
      const auto joints = posed_joints(*own_body("procedural"), smpl_of(person, person.bodies[0]));
      for (std::size_t j = 0; j < kSmplJoints; ++j)
        EXPECT_LT((joints[j] - person.bodies[0].joints[j]).norm(), 1e-4f);
    }
  }
}

TEST(ScaledWorld, moves_the_people_of_a_range_with_their_body_model) {
  const Reconstruction before = sample_range();
  const auto after = scaled(before, kFactor);
  EXPECT_EQ(after->frames[0].points, after->frames[7].points) << "they share their points";
  EXPECT_EQ(after->body_model, before.body_model);
  for (std::size_t p = 0; p < 2; ++p)
    for (std::size_t b = 0; b < before.people[p].bodies.size(); ++b)
      EXPECT_LT(farthest(mesh_of(*before.body_model, smpl_of(before.people[p], before.people[p].bodies[b])),
                         mesh_of(*after->body_model, smpl_of(after->people[p], after->people[p].bodies[b])),
                         float(kFactor)),
                0.005f);
}

TEST(ScaledWorld, says_that_parameters_of_an_unknown_body_keep_their_size) {
  const Reconstruction before = sample_reconstruction();  // ellipsoids
  const auto after = scaled(*scaled(before, kFactor), kFactor);
  EXPECT_EQ(after->people[0].betas, before.people[0].betas);
  EXPECT_LT(
      farthest(before.people[0].bodies[0].mesh, after->people[0].bodies[0].mesh, float(kFactor * kFactor)),
      1e-5f);
  ASSERT_EQ(after->messages.size(), before.messages.size() + 1) << "once";
  EXPECT_THAT(after->messages.back(), ::testing::HasSubstr("SMPL parameters keep the size"));
}

TEST(ScaledWorld, comes_back_with_the_inverse) {
  const Reconstruction before = sample_with_own_bodies();
  const auto again = scaled(*scaled(before, kFactor), 1 / kFactor);
  for (std::size_t p = 0; p < 2; ++p)
    for (std::size_t i = 0; i < kSmplBetas; ++i)
      EXPECT_NEAR(again->people[p].betas[i], before.people[p].betas[i], 1e-3);
  EXPECT_NEAR(*scale_between(before, *again), 1, 1e-12);
}

TEST(ScaledWorld, is_recognised_by_its_cameras) {
  const Reconstruction before = sample_reconstruction();
  Reconstruction other = *scaled(before, kFactor);
  EXPECT_NEAR(*scale_between(before, other), kFactor, 1e-12);
  other.views[2].cameras[0].world_from_camera.translation().x() += 0.01;
  EXPECT_FALSE(scale_between(before, other));
  EXPECT_FALSE(scale_between(before, sample_range()));
}

TEST(ScaledWorld, refuses_what_is_no_factor) {
  const double infinity = std::numeric_limits<double>::infinity();
  for (const double factor : {0.0, -1.0, infinity, std::numeric_limits<double>::quiet_NaN()})
    EXPECT_THROW(scaled(sample_reconstruction(), factor), std::invalid_argument);
}

// A run whose corrections give the sample again.
class SameAgain : public CorrectableRun {
 public:
  std::shared_ptr<const Reconstruction> with_decisions(const Decisions&, const Progress&) const override {
    auto result = std::make_shared<Reconstruction>(sample_with_own_bodies());
    result->run = std::make_shared<SameAgain>();
    return result;
  }
};

TEST(ScaledWorld, stays_multiplied_when_it_is_corrected) {
  const auto before = SameAgain().with_decisions({}, {});
  const auto twice = scaled(*scaled(*before, kFactor), 0.9);
  const auto corrected = with_identities(*twice, identities(twice->frames[0]));
  EXPECT_DOUBLE_EQ(corrected->scale, twice->scale);
  EXPECT_EQ(corrected->people[1].betas, twice->people[1].betas);
  EXPECT_EQ(corrected->people[1].bodies[0].joints, twice->people[1].bodies[0].joints);
}

}  // namespace
}  // namespace ahap

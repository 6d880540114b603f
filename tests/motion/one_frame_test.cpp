#include "reconstruction/motion/one_frame.h"

#include <gtest/gtest.h>

#include "reconstruction/body/posed_vertices.h"
#include "reconstruction/body/procedural_body.h"

namespace ahap {
namespace {

Reconstruction two_frames() {
  Reconstruction range;
  range.body_model = std::make_shared<BodyModel>(procedural_body(BodyDetail::low));
  range.frames.resize(2);
  for (int f = 0; f < 2; ++f) {
    range.frames[f].number = 10 + f;
    range.frames[f].time = 0.04 * f;
    Person& person = f == 0 ? range.people.emplace_back() : range.people[0];
    person.id = 7;
    person.betas[0] = 1;
    BodyInFrame& body = person.bodies.emplace_back();
    body.frame = f;
    body.transl = {float(f), 0, 0};
    body.pose[0] = {0, float(f), 0};
  }
  range.people.emplace_back().id = 8;
  range.people[1].bodies.emplace_back().frame = 0;
  ReconstructedView& moving = range.views.emplace_back();
  moving.cameras.resize(2);
  moving.cameras[1].world_from_camera.translation() = Eigen::Vector3d(1, 2, 3);
  return range;
}

TEST(OneFrame, HoldsWhoIsThereWithTheMeshOfItsPose) {
  const Reconstruction range = two_frames(), one = one_frame(range, 1);
  ASSERT_EQ(one.frames.size(), 1u);
  EXPECT_EQ(one.frames[0].number, 11);
  ASSERT_EQ(one.people.size(), 1u) << "the other has no body in this frame";
  EXPECT_EQ(one.people[0].id, 7);
  ASSERT_EQ(one.people[0].bodies.size(), 1u);
  const BodyInFrame& body = one.people[0].bodies[0];
  EXPECT_EQ(body.frame, 0) << "an index into the frames of the new result";
  SmplParameters smpl;
  smpl.betas[0] = 1;
  smpl.pose[0] = {0, 1, 0};
  smpl.transl = {1, 0, 0};
  const Vertices expected = posed_vertices(*range.body_model, smpl);
  ASSERT_EQ(body.mesh.positions.size(), std::size_t(expected.rows()));
  EXPECT_EQ(body.mesh.normals.size(), body.mesh.positions.size());
  EXPECT_EQ(body.mesh.triangles.size(), std::size_t(range.body_model->faces.rows()));
  for (Eigen::Index i = 0; i < expected.rows(); i += 97)
    EXPECT_LT((body.mesh.positions[i] - expected.row(i).transpose()).norm(), 1e-6f);
}

TEST(OneFrame, HasTheCameraOfItsInstant) {
  const Reconstruction one = one_frame(two_frames(), 1);
  ASSERT_EQ(one.views[0].cameras.size(), 1u);
  EXPECT_EQ(one.views[0].camera(0).center(), Eigen::Vector3d(1, 2, 3));
}

TEST(OneFrame, SharesTheCloudOfTheRange) {
  const Reconstruction range = two_frames();
  EXPECT_EQ(one_frame(range, 0).frames[0].points, range.frames[0].points);
}

TEST(FrameRate, IsTheMedianOfTheSteps) {
  Reconstruction range = two_frames();
  EXPECT_NEAR(frame_rate(range), 25, 1e-9);
  range.frames.emplace_back().time = 1;
  range.frames.emplace_back().time = 1.04;
  EXPECT_NEAR(frame_rate(range), 25, 1e-9) << "one long gap";
  range.frames.resize(1);
  EXPECT_EQ(frame_rate(range), 0) << "of one frame";
}

}  // namespace
}  // namespace ahap

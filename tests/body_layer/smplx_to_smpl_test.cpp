#include "reconstruction/body_layer/smplx_to_smpl.h"

#include <gtest/gtest.h>

#include "reconstruction/branches/multi_hmr/multi_hmr_branch.h"
#include "reconstruction/smpl_joints.h"

namespace ahap {
namespace {

// Rotations that can be told apart: number k turns by k / 100 about x.
torch::Tensor numbered_rotations(int count) {
  auto rotations = torch::eye(3).repeat({1, count, 1, 1});
  for (int k = 0; k < count; ++k) {
    rotations[0][k][1][1] = rotations[0][k][2][2] = std::cos(0.01f * k);
    rotations[0][k][2][1] = std::sin(0.01f * k);
    rotations[0][k][1][2] = -std::sin(0.01f * k);
  }
  return rotations;
}

int number_of(const torch::Tensor& rotation) {
  return int(std::lround(100 * std::asin(rotation[2][1].item<float>())));
}

TEST(WholeBody, SmplsHandsAreTheFirstJointsOfMiddleFingers) {
  const auto joints = torch::arange(55).to(torch::kFloat).view({1, 55, 1}).repeat({1, 1, 3});
  const auto smpl = smpl_joints(joints);
  ASSERT_EQ(smpl.size(1), kSmplJoints);
  for (int j = 0; j < 22; ++j) EXPECT_EQ(smpl[0][j][0].item<float>(), float(j));
  EXPECT_EQ(smpl[0][22][0].item<float>(), 28);  // left_middle1
  EXPECT_EQ(smpl[0][23][0].item<float>(), 43);  // right_middle1
  EXPECT_TRUE(smpl_joints(smpl).equal(smpl));
  EXPECT_THROW(smpl_joints(torch::zeros({1, 52, 3})), c10::Error);
}

TEST(WholeBody, SmplKeepsTheSharedRotationsAndStraightHands) {
  const auto smpl = smpl_rotations(numbered_rotations(55));
  ASSERT_EQ(smpl.size(1), kSmplJoints);
  for (int j = 0; j < 22; ++j) EXPECT_EQ(number_of(smpl[0][j]), j);
  for (int j = 22; j < 24; ++j) EXPECT_TRUE(smpl[0][j].equal(torch::eye(3)));
}

TEST(WholeBody, MultiHmrsJawComesBeforeTheHandsAndItsEyesLookAhead) {
  const auto smplx = smplx_rotations(numbered_rotations(53));
  ASSERT_EQ(smplx.size(1), kSmplxJoints);
  for (int j = 0; j < 22; ++j) EXPECT_EQ(number_of(smplx[0][j]), j);
  EXPECT_EQ(number_of(smplx[0][22]), 52) << "jaw";
  EXPECT_TRUE(smplx[0][23].equal(torch::eye(3)));
  EXPECT_TRUE(smplx[0][24].equal(torch::eye(3)));
  for (int j = 25; j < 55; ++j) EXPECT_EQ(number_of(smplx[0][j]), j - 3) << "fingers";
}

}  // namespace
}  // namespace ahap

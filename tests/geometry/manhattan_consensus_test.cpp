#include "reconstruction/geometry/manhattan_consensus.h"

#include <gtest/gtest.h>

#include <array>

namespace ahap {
namespace {

constexpr double kRoom = 0.4;  // yaw of the room's axes in the world

// Of a view of that yaw: how the room is turned, and a rug that lies askew by `askew`.
std::array<ManhattanYaw, 2> room_and_rug(double yaw, double askew, double weight_of_rug) {
  return {{{yaw - kRoom, 0.01, 1 - weight_of_rug}, {yaw - kRoom + askew, 0.01, weight_of_rug}}};
}

TEST(RoomAgreement, QuarterTurnsAreNothing) {
  const ManhattanYaw heading{0.3, 0.01, 1};
  EXPECT_NEAR(yaw_residual(0.3 + kRoom, heading, kRoom), 0, 1e-12);
  EXPECT_NEAR(yaw_residual(0.3 + kRoom + M_PI / 2 + 0.05, heading, kRoom), 0.05, 1e-12);
  EXPECT_NEAR(yaw_residual(0.3 + kRoom - M_PI - 0.05, heading, kRoom), -0.05, 1e-12);
}

TEST(RoomAgreement, TheRoomIsWhatViewsShareAndNotTheRugThatOneOfThemSeesBest) {
  const auto a = room_and_rug(0.1, 0.6, 0.9), b = room_and_rug(2.0, -0.7, 0.4),
             c = room_and_rug(-1.3, 0.5, 0.3);
  const std::vector<SeenRoom> views = {{0.1, a}, {2.0, b}, {-1.3, c}};
  const RoomAgreement room = agree_on_room(views);
  ASSERT_TRUE(room.yaw);
  EXPECT_NEAR(std::remainder(*room.yaw - kRoom, M_PI / 2), 0, 1e-12);
  EXPECT_EQ(room.heading, (std::vector<const ManhattanYaw*>{&a[0], &b[0], &c[0]}));
}

TEST(RoomAgreement, OneViewAloneIsNoAgreement) {
  const auto headings = room_and_rug(0.1, 0.6, 0.3);
  const std::vector<SeenRoom> views = {{0.1, headings}, {1.0, {}}};
  const RoomAgreement room = agree_on_room(views);
  EXPECT_FALSE(room.yaw);
  EXPECT_EQ(room.heading, (std::vector<const ManhattanYaw*>{nullptr, nullptr}));
}

TEST(RoomAgreement, AViewWithoutAFittingHeadingHasNone) {
  const auto a = room_and_rug(0.1, 0.6, 0.1), b = room_and_rug(2.0, 0.6, 0.1);
  const std::array<ManhattanYaw, 1> elsewhere = {{{0.7 - kRoom + 0.35, 0.01, 1}}};
  const std::vector<SeenRoom> views = {{0.1, a}, {2.0, b}, {0.7, elsewhere}};
  EXPECT_EQ(agree_on_room(views).heading[2], nullptr);
  EXPECT_EQ(fitting_heading(0.7, elsewhere, kRoom).heading, nullptr);
}

TEST(RoomAgreement, TheNearerOfTwoEquallyLikelyHeadingsFits) {
  const std::array<ManhattanYaw, 2> two = {{{-kRoom + 0.15, 0.01, 0.5}, {-kRoom + 0.02, 0.01, 0.5}}};
  EXPECT_EQ(fitting_heading(0, two, kRoom).heading, &two[1]);
}

}  // namespace
}  // namespace ahap

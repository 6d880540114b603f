#include "reconstruction/motion/foot_contact.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "tests/motion/walking_person.h"

namespace ahap {
namespace {

const FittedBodyModel& model() {
  return fitted_walking_body();
}

std::vector<BodyState> states_of(const Reconstruction& range) {
  std::vector<BodyState> states;
  for (const BodyInFrame& body : range.people.at(0).bodies) states.push_back(state_of(body));
  return states;
}

// Somebody whose soles are this high.
std::vector<BodyState> standing(int frames, double height) {
  BodyState state;
  for (const int side : {0, 1}) {  // nobody's knees are quite straight
    state.rotations[1 + side] = rotation_of({-0.15, 0, 0});
    state.rotations[4 + side] = rotation_of({0.3, 0, 0});
    state.rotations[7 + side] = rotation_of({-0.15, 0, 0});
  }
  state.root.y() = height - sole_of(state, 0, false).y();
  return std::vector<BodyState>(frames, state);
}

double lowest_sole(const std::vector<BodyState>& states) {
  double lowest = 1;
  for (const BodyState& state : states)
    for (const int side : {0, 1})
      for (const bool toe : {false, true}) lowest = std::min(lowest, sole_of(state, side, toe).y());
  return lowest;
}

// Distances between the joints, metres.
std::vector<double> changes(const std::vector<BodyState>& before, const std::vector<BodyState>& after) {
  std::vector<double> all;
  for (std::size_t i = 0; i < before.size(); ++i) {
    const PosedBody one = pose_body(model(), before[i]), other = pose_body(model(), after[i]);
    for (int j = 0; j < kSmplJoints; ++j) all.push_back((one.joints[j] - other.joints[j]).norm());
  }
  return all;
}

double largest_change(const std::vector<BodyState>& before, const std::vector<BodyState>& after) {
  const std::vector<double> all = changes(before, after);
  return *std::max_element(all.begin(), all.end());
}

TEST(PlantFeet, KnowsWhenAWalkersFeetStand) {
  const std::vector<double> times = steady_times(90);
  std::vector<BodyState> states = states_of(walk(times));
  const FootContacts contacts = plant_feet(model(), times, states);
  int right = 0;
  for (std::size_t f = 0; f < times.size(); ++f) {
    for (const int side : {0, 1}) {
      const auto [heel, toe] = Gait::contact(side, times[f]);
      right += contacts[f][side] == (heel || toe);
    }
  }
  EXPECT_GE(right, 0.95 * 180);
}

TEST(PlantFeet, HardlyChangesAWalkThatIsRight) {
  const std::vector<double> times = steady_times(90);
  const std::vector<BodyState> before = states_of(walk(times));
  std::vector<BodyState> after = before;
  plant_feet(model(), times, after);
  const std::vector<double> all = changes(before, after);
  EXPECT_LT(std::accumulate(all.begin(), all.end(), 0.0) / double(all.size()), 0.002);
}

TEST(PlantFeet, HoldsFeetThatSlideAndKeepsThemFlat) {
  const std::vector<double> times = steady_times(60);
  std::vector<BodyState> states = standing(60, 0.02);
  for (int f = 0; f < 60; ++f) {
    states[f].root +=
        Eigen::Vector3d(0.02 * std::sin(0.3 * f), 0.005 * std::sin(0.5 * f), 0.02 * std::cos(0.4 * f));
    states[f].rotations[7] = rotation_of({0.04 * std::sin(0.35 * f), 0, 0.04}) * states[f].rotations[7];
  }
  const FootContacts contacts = plant_feet(model(), times, states);
  for (int f = 0; f < 60; ++f) {
    for (const int side : {0, 1}) {
      EXPECT_TRUE(contacts[f][side]) << f;
      for (const bool toe : {false, true}) {
        EXPECT_LT((sole_of(states[f], side, toe) - sole_of(states[0], side, toe)).norm(), 0.001) << f;
        EXPECT_NEAR(sole_of(states[f], side, toe).y(), 0, 0.001) << f;
      }
    }
  }
}

TEST(PlantFeet, LetsThePelvisFollowWhatBothFeetAskFor) {
  for (const double height : {-0.04, 0.04}) {
    const std::vector<BodyState> before = standing(30, height);
    std::vector<BodyState> after = before;
    plant_feet(model(), steady_times(30), after);
    EXPECT_NEAR(lowest_sole(after), 0, 0.001);
    EXPECT_NEAR(after[15].root.y() - before[15].root.y(), -height, 0.002);
    EXPECT_LT((after[15].rotations[4] - before[15].rotations[4]).norm(), 0.01) << "knees stay as they are";
  }
}

TEST(PlantFeet, LowersThePelvisWhereALegIsTooShort) {
  std::vector<BodyState> states = standing(30, 0);
  for (BodyState& state : states) {  // on a straight left leg, the right one lifted
    state.rotations[1] = state.rotations[4] = state.rotations[7].setIdentity();
    state.rotations[2] = rotation_of({-0.8, 0, 0});
    state.rotations[5] = rotation_of({1.4, 0, 0});
    state.root.y() += 0.04 - sole_of(state, 0, false).y();
  }
  const double height = states[15].root.y();
  plant_feet(model(), steady_times(30), states);
  EXPECT_NEAR(sole_of(states[15], 0, false).y(), 0, 0.002);
  EXPECT_LT(states[15].root.y(), height - 0.03);
}

TEST(PlantFeet, LiftsFeetOutOfTheFloor) {
  const std::vector<double> times = steady_times(90);
  std::vector<BodyState> states = states_of(walk(times));
  for (BodyState& state : states) state.root.y() -= 0.03;
  plant_feet(model(), times, states);
  EXPECT_GT(lowest_sole(states), -0.01);
}

TEST(PlantFeet, LeavesFeetInTheAirAlone) {
  const std::vector<double> times = steady_times(60);
  const std::vector<BodyState> before = standing(60, 0.4);
  std::vector<BodyState> after = before;
  const FootContacts contacts = plant_feet(model(), times, after);
  EXPECT_LT(largest_change(before, after), 1e-6);
  for (const auto& contact : contacts) EXPECT_FALSE(contact[0] || contact[1]);
}

TEST(PlantFeet, LeavesFeetAloneWhoseSolesDoNotFaceTheFloor) {
  const std::vector<double> times = steady_times(30);
  std::vector<BodyState> before = standing(30, 0);
  for (BodyState& state : before) {  // lies on the back
    state.rotations[0] = rotation_of({-0.5 * std::numbers::pi, 0, 0});
    state.root.y() = 0.2;
  }
  std::vector<BodyState> after = before;
  const FootContacts contacts = plant_feet(model(), times, after);
  EXPECT_LT(largest_change(before, after), 1e-6);
  EXPECT_FALSE(contacts[15][0] || contacts[15][1]);
}

TEST(PlantFeet, KnowsNoContactInASingleFrame) {
  std::vector<BodyState> states = standing(1, -0.02);
  const FootContacts contacts = plant_feet(model(), steady_times(1), states);
  EXPECT_FALSE(contacts[0][0]);
  EXPECT_NEAR(lowest_sole(states), 0, 0.001) << "but lifts the body out of the floor";
}

}  // namespace
}  // namespace ahap

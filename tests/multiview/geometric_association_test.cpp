#include "reconstruction/multiview/geometric_association.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fixtures/random_geometry.h"

namespace ahap {
namespace {

using testing::ElementsAre;
using testing::Pair;

BodyJoints body_at(const Eigen::Vector3d& position, const std::vector<Eigen::Vector3d>& canonical) {
  BodyJoints body{{}, canonical};
  for (const auto& joint : canonical) body.world.push_back(joint + position);
  return body;
}

TEST(GeometricAssociation, CostIsTheWeightedMeanOfBothDistances) {
  const std::vector<Eigen::Vector3d> canonical(24, Eigen::Vector3d::Zero());
  const std::vector<Eigen::Vector3d> bent(24, Eigen::Vector3d(0, 0.1, 0));
  const Tracklet a{0, {{7, body_at({0, 0, 0}, canonical)}}};
  Tracklet b{1, {{7, body_at({0, 0, 1}, canonical)}}};
  EXPECT_NEAR(association_cost(a, b), 0.8, 1e-12);
  b.frames[7].canonical = bent;
  EXPECT_NEAR(association_cost(a, b), 0.8 + 0.2 * 0.1, 1e-12);
}

TEST(GeometricAssociation, OnlySharedFramesCount) {
  const std::vector<Eigen::Vector3d> canonical(24, Eigen::Vector3d::Zero());
  Tracklet a{0, {{1, body_at({0, 0, 0}, canonical)}, {2, body_at({9, 0, 0}, canonical)}}};
  Tracklet b{1, {{1, body_at({1, 0, 0}, canonical)}, {3, body_at({5, 0, 0}, canonical)}}};
  EXPECT_NEAR(association_cost(a, b), 0.8, 1e-12);
  b.frames.erase(1);
  EXPECT_EQ(association_cost(a, b), std::numeric_limits<double>::infinity());
}

TEST(GeometricAssociation, EachViewIsComparedWithItsNearest) {
  const std::vector<Eigen::Vector3d> line = {{0, 0, 0}, {1, 0, 0}, {2.5, 0, 0}, {10, 0, 0}};
  EXPECT_THAT(nearest_view_pairs(line, 1), ElementsAre(Pair(0, 1), Pair(1, 2), Pair(2, 3)));
  EXPECT_EQ(nearest_view_pairs(line, 3).size(), 6u);
  EXPECT_TRUE(nearest_view_pairs(std::span(line).first(1), 3).empty());
}

TEST(GeometricAssociation, PeopleFarApartAreFoundAgainInEveryView) {
  RandomGeometry random(1);
  const std::vector<Eigen::Vector3d> people = {{0, 0, 0}, {1.5, 0, 0}, {0, 0, 1.5}};
  std::vector<Eigen::Vector3d> centers;
  std::vector<Tracklet> tracklets;
  std::vector<int> truth;
  for (int view = 0; view < 4; ++view) {
    centers.push_back(random.vector(4));
    for (int p : {(view + 1) % 3, view % 3, (view + 2) % 3}) {
      if (view == 2 && p == 0) continue;
      auto canonical = random.points(24, 0.05);
      tracklets.push_back({view, {{0, body_at(people[p] + random.vector(0.05), canonical)}}});
      truth.push_back(p);
    }
  }
  const std::vector<int> person = associate_geometrically(tracklets, centers);
  for (std::size_t i = 0; i < truth.size(); ++i) {
    for (std::size_t j = 0; j < truth.size(); ++j) {
      EXPECT_EQ(person[i] == person[j], truth[i] == truth[j]) << i << " " << j;
    }
  }
}

TEST(GeometricAssociation, SomebodyFarFromEverybodyStaysAlone) {
  const std::vector<Eigen::Vector3d> canonical(24, Eigen::Vector3d::Zero());
  const std::vector<Tracklet> tracklets = {{0, {{0, body_at({0, 0, 0}, canonical)}}},
                                           {1, {{0, body_at({3, 0, 0}, canonical)}}}};
  const std::vector<Eigen::Vector3d> centers = {{0, 1, 4}, {4, 1, 0}};
  const std::vector<int> person = associate_geometrically(tracklets, centers);
  EXPECT_THAT(person, ElementsAre(0, 1));
}

TEST(GeometricAssociation, TheCheapestMatchWinsWhereMergesWouldConflict) {
  // Two people 0.5 m apart in view 0; views 1 and 2 each see one body between them.
  const std::vector<Eigen::Vector3d> canonical(24, Eigen::Vector3d::Zero());
  const std::vector<Tracklet> tracklets = {{0, {{0, body_at({0, 0, 0}, canonical)}}},
                                           {0, {{0, body_at({0.5, 0, 0}, canonical)}}},
                                           {1, {{0, body_at({0.1, 0, 0}, canonical)}}},
                                           {2, {{0, body_at({0.35, 0, 0}, canonical)}}}};
  const std::vector<Eigen::Vector3d> centers = {{0, 1, 4}, {4, 1, 0}, {-4, 1, 0}};
  const std::vector<int> person = associate_geometrically(tracklets, centers);
  EXPECT_THAT(person, ElementsAre(0, 1, 0, 1));
}

TEST(GeometricAssociation, FusedBodiesLieBetweenTheirSources) {
  BodyParameters a{.shape = {1, 0}, .pose = {{0, 3, 0}, {0.2, 0, 0}}};
  BodyParameters b{.shape = {3, 0},
                   .pose = {{0, -3, 0}, {0.4, 0, 0}}};  // 0.28 rad apart across the half turn
  const BodyParameters fused = fuse_bodies(std::vector{a, b});
  EXPECT_NEAR(fused.shape[0], 2, 1e-6);
  EXPECT_NEAR(fused.pose[0].norm(), M_PI, 1e-4);
  EXPECT_NEAR(std::abs(fused.pose[0].y()), M_PI, 1e-4);
  EXPECT_NEAR(fused.pose[1].x(), 0.3, 1e-5);
  EXPECT_NEAR(fuse_bodies(std::vector{a, b}, std::vector<double>{1, 3}).shape[0], 2.5, 1e-6);
}

}  // namespace
}  // namespace ahap

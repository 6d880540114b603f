#include "reconstruction/geometry/assignment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "tests/fixtures/random_geometry.h"

namespace ahap {
namespace {

using testing::ElementsAre;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

double cheapest_by_trying_all(const Eigen::MatrixXd& cost) {
  std::vector<int> columns(cost.cols());
  std::iota(columns.begin(), columns.end(), 0);
  double best = kInfinity;
  do {
    double sum = 0;
    for (int i = 0; i < std::min(cost.rows(), cost.cols()); ++i) sum += cost(i, columns[i]);
    best = std::min(best, sum);
  } while (std::next_permutation(columns.begin(), columns.end()));
  return best;
}

TEST(Assignment, CostsAsLittleAsTheBestOfAllPermutations) {
  RandomGeometry random(1);
  for (int trial = 0; trial < 200; ++trial) {
    const int cols = random.integer(1, 6), rows = random.integer(1, cols);
    Eigen::MatrixXd cost(rows, cols);
    for (double& c : cost.reshaped()) c = random.normal(3);
    double sum = 0, sum_transposed = 0;
    const auto columns = assign(cost);
    for (int i = 0; i < rows; ++i) sum += cost(i, columns[i]);
    const auto transposed = assign(cost.transpose());
    for (int j = 0; j < cols; ++j) sum_transposed += transposed[j] >= 0 ? cost(transposed[j], j) : 0;
    EXPECT_NEAR(sum, cheapest_by_trying_all(cost), 1e-9);
    EXPECT_NEAR(sum_transposed, sum, 1e-9);
  }
}

TEST(Assignment, PairsDearerThanTheLimitStayApart) {
  Eigen::MatrixXd cost(2, 2);
  cost << 1, 9, 2, 8;
  EXPECT_THAT(assign(cost, 5), ElementsAre(0, -1));
  EXPECT_THAT(assign(cost), testing::AnyOf(ElementsAre(0, 1), ElementsAre(1, 0)));
}

TEST(Assignment, ForbiddenPairsAreNeverMade) {
  Eigen::MatrixXd cost(2, 2);
  cost << 1, kInfinity, 1, kInfinity;
  EXPECT_THAT(assign(cost), testing::UnorderedElementsAre(0, -1));
  cost << kInfinity, std::nan(""), kInfinity, kInfinity;
  EXPECT_THAT(assign(cost), ElementsAre(-1, -1));
  cost << 0, kInfinity, 100, 1000;
  EXPECT_THAT(assign(cost), ElementsAre(0, 1)) << "a forbidden pair must not be preferred to a dear one";
}

TEST(Assignment, AnEmptySideLeavesEverybodyAlone) {
  EXPECT_THAT(assign(Eigen::MatrixXd(0, 3)), ElementsAre());
  EXPECT_THAT(assign(Eigen::MatrixXd(2, 0)), ElementsAre(-1, -1));
}

TEST(Assignment, PeopleAreTheLargestWeightWhereNoViewConflicts) {
  Eigen::MatrixXd A(2, 4);
  A << 0.9, 0.2, 0.1, 0.6, 0.1, 0.8, 0.7, 0.4;
  const std::vector<int> view = {0, 0, 1, 1};
  const PersonAssignment result = assign_people(A, view);
  EXPECT_THAT(result.person, ElementsAre(0, 1, 1, 0));
  EXPECT_TRUE(result.resolved_views.empty());
}

TEST(Assignment, AConflictInAViewIsSolvedOneToOneAndReported) {
  Eigen::MatrixXd A(2, 4);
  A << 0.9, 0.8, 0.1, 0.6, 0.1, 0.2, 0.7, 0.4;
  const std::vector<int> view = {3, 3, 5, 5};
  const PersonAssignment result = assign_people(A, view);
  EXPECT_THAT(result.person, ElementsAre(0, 1, 1, 0));
  EXPECT_THAT(result.resolved_views, ElementsAre(3));
}

TEST(Assignment, MorePeopleThanQueriesInAViewLeavesTheWeakestToNobody) {
  Eigen::MatrixXd A(1, 2);
  A << 0.3, 0.7;
  const std::vector<int> view = {0, 0};
  EXPECT_THAT(assign_people(A, view).person, ElementsAre(-1, 0));
}

TEST(Assignment, LinkedDetectionsAreOnePersonWhateverTheirOrder) {
  const std::vector<int> view = {0, 0, 1, 1, 2};
  Eigen::MatrixXd similarity = Eigen::MatrixXd::Constant(5, 5, 0.1);
  const auto similar = [&](int a, int b, double s) { similarity(a, b) = similarity(b, a) = s; };
  similar(0, 3, 0.9);
  similar(1, 2, 0.8);
  similar(3, 4, 0.7);
  similar(0, 4, 0.6);
  EXPECT_THAT(cluster_detections(similarity, view, 0.4), ElementsAre(0, 1, 1, 0, 0));
}

TEST(Assignment, OneStrongLinkDoesNotOutweighAGroupThatDisagrees) {
  const std::vector<int> view = {0, 1, 2};
  Eigen::MatrixXd similarity = Eigen::MatrixXd::Zero(3, 3);
  similarity(0, 1) = similarity(1, 0) = 0.9;
  similarity(1, 2) = similarity(2, 1) = 0.6;  // its mean with the group of 0 and 1 is 0.3
  EXPECT_THAT(cluster_detections(similarity, view, 0.4), ElementsAre(0, 0, 1));
  EXPECT_THAT(cluster_detections(similarity, view, 0.25), ElementsAre(0, 0, 0));
}

TEST(Assignment, LinksNeverJoinTwoDetectionsOfOneView) {
  const std::vector<int> view = {0, 1, 1};
  EXPECT_THAT(cluster_detections(Eigen::MatrixXd::Ones(3, 3), view, 0.4), ElementsAre(0, 0, 1));
}

TEST(Assignment, GroupsNeverHoldTwoDetectionsOfOneView) {
  const std::vector<int> view = {0, 0, 1, 1, 2};
  ConflictFreeGroups groups(view);
  EXPECT_TRUE(groups.merge(0, 2));
  EXPECT_TRUE(groups.merge(2, 4));
  EXPECT_FALSE(groups.merge(1, 4)) << "0 and 1 are of one view and 4 already belongs to 0";
  EXPECT_TRUE(groups.merge(1, 3));
  EXPECT_TRUE(groups.merge(0, 4)) << "already together";
  EXPECT_THAT(groups.labels(), ElementsAre(0, 1, 0, 1, 0));
}

}  // namespace
}  // namespace ahap

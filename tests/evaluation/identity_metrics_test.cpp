#include "reconstruction/evaluation/identity_metrics.h"
#include "reconstruction/box_overlap.h"

#include <gtest/gtest.h>

namespace ahap {
namespace {

Box box_at(double x) {
  return {x, 0, x + 10, 20};
}

// Two people far from each other in one view.
std::vector<IdentifiedBoxes> two_people(int frames) {
  return std::vector<IdentifiedBoxes>(frames, {{0, 1, box_at(0)}, {0, 2, box_at(100)}});
}

TEST(BoxOverlap, is_intersection_over_union) {
  EXPECT_DOUBLE_EQ(overlap(box_at(0), box_at(0)), 1);
  EXPECT_DOUBLE_EQ(overlap(box_at(0), box_at(5)), 1.0 / 3);
  EXPECT_DOUBLE_EQ(overlap(box_at(0), box_at(50)), 0);
  EXPECT_DOUBLE_EQ(overlap({}, {}), 0);
}

TEST(IdentityMetrics, the_truth_scores_perfectly_whatever_its_numbers) {
  auto predicted = two_people(10);
  for (IdentifiedBoxes& boxes : predicted)
    for (IdentifiedBox& box : boxes) box.id = 30 - 7 * box.id;
  const IdentityScores scores = identity_scores(predicted, two_people(10));
  EXPECT_EQ(scores.f1.value(), 1);
  EXPECT_EQ(scores.mota.value(), 1);
  EXPECT_EQ(scores.switches, 0);
  EXPECT_EQ(scores.names, (std::vector<std::pair<int, int>>{{16, 2}, {23, 1}}));
}

TEST(IdentityMetrics, identities_that_are_exchanged_after_a_while_cost_the_shorter_part) {
  auto predicted = two_people(10);
  for (int i = 7; i < 10; ++i) std::swap(predicted[i][0].id, predicted[i][1].id);
  const IdentityScores scores = identity_scores(predicted, two_people(10));
  EXPECT_DOUBLE_EQ(*scores.f1.value(), 0.7);
  EXPECT_EQ(scores.switches, 2);
  EXPECT_DOUBLE_EQ(*scores.mota.value(), 1 - 2.0 / 20);
}

TEST(IdentityMetrics, a_view_that_calls_people_otherwise_is_no_switch_but_a_false_identity) {
  std::vector<IdentifiedBoxes> truth = two_people(4), predicted;
  for (IdentifiedBoxes& boxes : truth) boxes.insert(boxes.end(), {{1, 1, box_at(0)}, {1, 2, box_at(100)}});
  predicted = truth;
  for (IdentifiedBoxes& boxes : predicted) std::swap(boxes[2].id, boxes[3].id);
  const IdentityScores scores = identity_scores(predicted, truth);
  EXPECT_EQ(scores.switches, 0);
  EXPECT_EQ(scores.f1.value(), 0.5);
}

TEST(IdentityMetrics, misses_and_false_alarms_are_counted) {
  auto predicted = two_people(4);
  predicted[1].pop_back();
  predicted[2].push_back({0, 3, box_at(200)});
  predicted[3][0].box = box_at(6);  // overlaps too little: both a miss and a false alarm
  const IdentityScores scores = identity_scores(predicted, two_people(4));
  EXPECT_EQ(scores.misses, 2);
  EXPECT_EQ(scores.false_alarms, 2);
  EXPECT_EQ(scores.switches, 0);
  EXPECT_DOUBLE_EQ(*scores.mota.value(), 0.5);
  EXPECT_DOUBLE_EQ(*scores.recall.value(), 6.0 / 8);
  EXPECT_DOUBLE_EQ(*scores.precision.value(), 6.0 / 8);
}

TEST(IdentityMetrics, a_switch_counts_where_somebody_comes_back_as_another) {
  auto predicted = two_people(6);
  for (int i = 2; i < 4; ++i) predicted[i].pop_back();
  for (int i = 4; i < 6; ++i) predicted[i][1].id = 9;
  EXPECT_EQ(identity_scores(predicted, two_people(6)).switches, 1);
}

TEST(IdentityMetrics, somebody_hardly_visible_need_not_be_found_and_is_no_false_alarm) {
  auto truth = two_people(2), without = two_people(2);
  for (IdentifiedBoxes& boxes : truth) boxes[1].hard = true;
  for (IdentifiedBoxes& boxes : without) boxes.pop_back();
  for (const auto& predicted : {two_people(2), without}) {
    const IdentityScores scores = identity_scores(predicted, truth);
    EXPECT_EQ(scores.f1.value(), 1);
    EXPECT_EQ(scores.mota.value(), 1);
  }
}

TEST(IdentityMetrics, nobody_is_found_but_has_no_identity) {
  auto predicted = two_people(2);
  for (IdentifiedBoxes& boxes : predicted) boxes[1].id = 0;
  const IdentityScores scores = identity_scores(predicted, two_people(2));
  EXPECT_EQ(scores.misses + scores.false_alarms + scores.switches, 0);
  EXPECT_EQ(scores.f1.value(), 0.5);
}

TEST(IdentityMetrics, empty_frames_have_no_score) {
  EXPECT_FALSE(identity_scores(std::vector<IdentifiedBoxes>(3), std::vector<IdentifiedBoxes>(3)).f1.value());
  EXPECT_THROW(identity_scores(two_people(1), two_people(2)), std::invalid_argument);
}

}  // namespace
}  // namespace ahap

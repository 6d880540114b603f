#include "reconstruction/kept_decisions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ahap {
namespace {

using ::testing::ElementsAre;

Box box_at(double x) {
  return {x, 0, x + 100, 200};
}

// What a run of three pictures finds: two people, side by side in each, numbered as `ids` say.
Reconstruction result_with(const std::vector<int>& ids);

class SameAgain : public CorrectableRun {
 public:
  std::shared_ptr<const Reconstruction> with_decisions(const Decisions& decided,
                                                       const Progress&) const override {
    auto result = std::make_shared<Reconstruction>(result_with(decided.person_ids));
    for (std::size_t n = 0; n < decided.left_out.size(); ++n)
      result->frames[0].detections[n].left_out = decided.left_out[n];
    for (std::size_t v = 0; v < result->views.size(); ++v)
      result->views[v].left_out = decided.views_left_out[v];
    return result;
  }
};

Reconstruction result_with(const std::vector<int>& ids) {
  Reconstruction result;
  for (const char* name : {"a.jpg", "b.jpg", "c.jpg"}) result.views.emplace_back().name = name;
  ReconstructedFrame& frame = result.frames.emplace_back();
  for (int n = 0; n < int(ids.size()); ++n) {
    Detection& detection = frame.detections.emplace_back();
    detection.view = n / 2;
    detection.box = box_at(n % 2 ? 400 : 50);
    detection.person_id = ids[std::size_t(n)];
  }
  for (int id = 1; id <= *std::max_element(ids.begin(), ids.end()); ++id) {
    if (std::count(ids.begin(), ids.end(), id)) result.people.emplace_back().id = id;
  }
  result.run = std::make_shared<SameAgain>();
  return result;
}

std::vector<int> ids_after(const Reconstruction& before, const Reconstruction& now) {
  return identities(with_kept_decisions(before, std::make_shared<Reconstruction>(now))->frames[0]);
}

TEST(KeptDecisions, AResultWithoutAnyHasNothingToKeep) {
  Reconstruction result = result_with({1, 2, 1, 2, 1, 2});
  EXPECT_FALSE(keeps_decisions(result));
  result.frames[0].detections[0].left_out = true;
  EXPECT_FALSE(keeps_decisions(result)) << "it is not locked";
  result.views[1].left_out = true;
  EXPECT_TRUE(keeps_decisions(result));
  EXPECT_TRUE(keeps_decisions(*with_locks(result_with({1, 2}), {1}, true)));
}

TEST(KeptDecisions, ALockedDetectionStaysWhoItIsAndTheOtherOneThereGivesWay) {
  const auto before = with_locks(result_with({1, 2, 1, 2, 2, 1}), {0, 2, 4}, true);
  EXPECT_THAT(ids_after(*before, result_with({1, 2, 1, 2, 1, 2})), ElementsAre(1, 2, 1, 2, 2, 1));
}

TEST(KeptDecisions, LockedPeopleKeepTheirNumbersAndNames) {
  const auto before = with_name(*with_locks(result_with({2, 1, 2, 1, 2, 1}), {0, 2}, true), 2, "Anna");
  const auto after =
      with_kept_decisions(*before, std::make_shared<Reconstruction>(result_with({1, 2, 1, 2, 1, 2})));
  EXPECT_THAT(identities(after->frames[0]), ElementsAre(2, 1, 2, 1, 2, 1));
  EXPECT_EQ(person_label(*after, 2), "Anna");
  EXPECT_TRUE(after->frames[0].detections[0].locked);
  EXPECT_FALSE(after->frames[0].detections[1].locked);
}

TEST(KeptDecisions, OneLockedDetectionBelongsToThePersonOfTheOtherPhotos) {
  const auto before = with_locks(result_with({1, 2, 1, 2, 2, 1}), {4}, true);
  EXPECT_THAT(ids_after(*before, result_with({2, 1, 2, 1, 2, 1})), ElementsAre(1, 2, 1, 2, 2, 1));
}

TEST(KeptDecisions, WhatIsNoPersonStaysNone) {
  const auto before = with_locks(result_with({1, kNotAPerson, 1, 2, 1, 2}), {1}, true);
  EXPECT_THAT(ids_after(*before, result_with({1, 2, 1, 2, 1, 2})), ElementsAre(1, -1, 1, 2, 1, 2));
}

TEST(KeptDecisions, ADetectionIsFoundByItsPlaceNotByItsIndex) {
  const auto before = with_locks(result_with({1, 2, 1, 2, 1, 3}), {5}, true);
  Reconstruction now = result_with({1, 2, 1, 2, 2, 1});
  std::swap(now.frames[0].detections[4].box, now.frames[0].detections[5].box);
  now.frames[0].detections[4].box.x0 += 5;
  EXPECT_EQ(ids_after(*before, now)[4], 3);
}

TEST(KeptDecisions, ADetectionThatIsNotFoundAgainIsForgotten) {
  const auto before = with_locks(result_with({1, 2, 1, 2, 2, 1}), {4}, true);
  Reconstruction now = result_with({1, 2, 1, 2, 1, 2});
  now.frames[0].detections[4].box = box_at(800);
  EXPECT_THAT(ids_after(*before, now), ElementsAre(1, 2, 1, 2, 1, 2));
}

TEST(KeptDecisions, WhatIsLeftOutStaysSoWhereItIsLockedAndViewsAlways) {
  Reconstruction before = *with_locks(result_with({1, 2, 1, 2, 1, 2}), {0}, true);
  before.frames[0].detections[0].left_out = before.frames[0].detections[3].left_out = true;
  before.views[2].left_out = true;
  const auto after =
      with_kept_decisions(before, std::make_shared<Reconstruction>(result_with({1, 2, 1, 2, 1, 2})));
  EXPECT_THAT(decisions(*after).left_out, ElementsAre(true, false, false, false, false, false));
  EXPECT_THAT(decisions(*after).views_left_out, ElementsAre(false, false, true));
}

}  // namespace
}  // namespace ahap

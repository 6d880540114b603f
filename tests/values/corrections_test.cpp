#include "reconstruction/corrections.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fixtures/sample_reconstruction.h"
#include "tests/fixtures/temporary_folder.h"

namespace ahap {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::sample_reconstruction;
using testing::sentence_of;

// Views a, b and c; person 1 in all of them, 2 in a and b, 3 in c alone, somebody unlinked in b.
Reconstruction three_views() {
  Reconstruction result;
  for (const char* name : {"a.jpg", "b.jpg", "c.jpg"}) result.views.emplace_back().name = name;
  ReconstructedFrame& frame = result.frames.emplace_back();
  const std::pair<int, int> seen[] = {{0, 1}, {0, 2}, {1, 1}, {1, 2}, {1, kNobody}, {2, 1}, {2, 3}};
  for (const auto& [view, id] : seen) {
    Detection& detection = frame.detections.emplace_back();
    detection.view = view;
    detection.person_id = id;
  }
  for (const int id : {1, 2, 3}) result.people.emplace_back().id = id;
  return result;
}

TEST(Corrections, AssigningADetectionLeavesTheOthersAlone) {
  EXPECT_THAT(with_detection_assigned(three_views().frames[0], 6, 2), ElementsAre(1, 2, 1, 2, 0, 1, 2));
}

TEST(Corrections, AssigningToSomebodyInTheSamePictureSwapsThem) {
  EXPECT_THAT(with_detection_assigned(three_views().frames[0], 2, 2), ElementsAre(1, 2, 2, 1, 0, 1, 3));
}

TEST(Corrections, ADetectionOfItsOwnIsSplitOff) {
  const Reconstruction result = three_views();
  const int id = new_person_id(result.frames[0]);
  EXPECT_EQ(id, 4);
  EXPECT_THAT(with_detection_assigned(result.frames[0], 5, id), ElementsAre(1, 2, 1, 2, 0, 4, 3));
}

TEST(Corrections, DetectionsThatAreNoPersonDoNotTakeEachOthersPlace) {
  Reconstruction result = three_views();
  result.frames[0].detections[4].person_id = kNotAPerson;
  EXPECT_THAT(with_detection_assigned(result.frames[0], 3, kNotAPerson), ElementsAre(1, 2, 1, -1, -1, 1, 3));
}

TEST(Corrections, MergingGivesAllDetectionsToOne) {
  EXPECT_THAT(with_people_merged(three_views(), 0, 3, 2), ElementsAre(1, 2, 1, 2, 0, 1, 2));
}

TEST(Corrections, PeopleInOnePictureAreNotMerged) {
  Reconstruction result = three_views();
  result.people[1].name = "Anna";
  EXPECT_THAT(sentence_of([&] { with_people_merged(result, 0, 2, 1); }),
              HasSubstr("Anna and Person 1 are both in a.jpg"));
}

TEST(Corrections, AStatueIsNobodyAnywhere) {
  EXPECT_THAT(without_person(three_views().frames[0], 2), ElementsAre(1, -1, 1, -1, 0, 1, 3));
}

TEST(Corrections, ADetectionIsLeftOutAndCountedAgain) {
  Reconstruction result = three_views();
  EXPECT_THAT(with_detection_left_out(result, 3, true).left_out,
              ElementsAre(false, false, false, true, false, false, false));
  EXPECT_EQ(with_detection_left_out(result, 3, true).person_ids, identities(result.frames[0]));
  result.frames[0].detections[3].left_out = true;
  EXPECT_FALSE(counts(result, result.frames[0].detections[3]));
  EXPECT_EQ(with_detection_left_out(result, 3, false).left_out, std::vector<bool>(7, false));
}

TEST(Corrections, TheLastDetectionOfAPersonIsNotLeftOut) {
  Reconstruction result = three_views();
  EXPECT_THAT(sentence_of([&] { with_detection_left_out(result, 6, true); }),
              HasSubstr("Person 3 is in no other picture"));
  result.views[0].left_out = true;
  EXPECT_THAT(sentence_of([&] { with_detection_left_out(result, 3, true); }), HasSubstr("Person 2"));
}

TEST(Corrections, AViewIsLeftOutUnlessItIsTheLastOne) {
  Reconstruction result = three_views();
  EXPECT_THAT(with_view_left_out(result, 1, true).views_left_out, ElementsAre(false, true, false));
  result.views[0].left_out = result.views[1].left_out = true;
  EXPECT_FALSE(counts(result, result.frames[0].detections[0]));
  EXPECT_THAT(sentence_of([&] { with_view_left_out(result, 2, true); }),
              HasSubstr("c.jpg is the last picture that counts"));
  EXPECT_THAT(with_view_left_out(result, 0, false).views_left_out, ElementsAre(false, true, false));
}

TEST(Corrections, ALockIsAgainstOtherIdsOfItsDetectionAlone) {
  const auto result = with_locks(three_views(), {1, 6}, true);
  const ReconstructedFrame& frame = result->frames[0];
  EXPECT_EQ(locked_against(frame, identities(frame)), -1);
  EXPECT_EQ(locked_against(frame, with_detection_assigned(frame, 2, kNotAPerson)), -1);
  EXPECT_EQ(locked_against(frame, without_person(frame, 2)), 1);
  EXPECT_EQ(locked_against(frame, with_people_merged(*result, 0, 3, 2)), 6);
  EXPECT_EQ(locked_against(with_locks(*result, {6}, false)->frames[0], with_people_merged(*result, 0, 3, 2)),
            -1);
}

TEST(Corrections, ANameIsGivenAndTakenAway) {
  const auto named = with_name(sample_reconstruction(), 2, "Anna");
  EXPECT_EQ(person_label(*named, 1), "Person 1");
  EXPECT_EQ(person_label(*named, 2), "Anna");
  EXPECT_EQ(person_label(*with_name(*named, 2, ""), 2), "Person 2");
}

TEST(Corrections, ResultsWithoutTheirRunSayThatTheyCannotBeCorrected) {
  EXPECT_THAT(sentence_of([] { with_identities(sample_reconstruction(), {}); }),
              HasSubstr("Results of the model sample cannot be corrected"));
}

// Answers with the people that are left, under their ids.
class IdsOnly : public CorrectableRun {
 public:
  std::shared_ptr<const Reconstruction> with_decisions(const Decisions& decided,
                                                       const Progress&) const override {
    auto result = std::make_shared<Reconstruction>();
    std::vector<Detection>& detections = result->frames.emplace_back().detections;
    for (const int id : decided.person_ids) {
      result->people.emplace_back().id = id;
      detections.emplace_back().person_id = id;
    }
    return result;
  }
};

TEST(Corrections, NamesStayWithTheirIdsAndLocksWithTheirDetections) {
  Reconstruction before = *with_locks(*with_name(sample_reconstruction(), 2, "Anna"), {1}, true);
  before.run = std::make_shared<IdsOnly>();
  const auto after = with_identities(before, {2, 5});
  EXPECT_EQ(after->people[0].name, "Anna");
  EXPECT_EQ(after->people[1].name, "");
  EXPECT_FALSE(after->frames[0].detections[0].locked);
  EXPECT_TRUE(after->frames[0].detections[1].locked);
}

}  // namespace
}  // namespace ahap

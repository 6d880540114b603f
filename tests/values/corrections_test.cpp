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
  std::shared_ptr<const Reconstruction> with_identities(const std::vector<int>& person_ids,
                                                        const Progress&) const override {
    auto result = std::make_shared<Reconstruction>();
    for (const int id : person_ids) result->people.emplace_back().id = id;
    return result;
  }
};

TEST(Corrections, NamesStayWithTheirIds) {
  Reconstruction before = *with_name(sample_reconstruction(), 2, "Anna");
  before.run = std::make_shared<IdsOnly>();
  const auto after = with_identities(before, {2, 5});
  EXPECT_EQ(after->people[0].name, "Anna");
  EXPECT_EQ(after->people[1].name, "");
}

}  // namespace
}  // namespace ahap

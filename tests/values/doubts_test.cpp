#include "reconstruction/doubts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reconstruction/corrections.h"
#include "reconstruction/doubt.h"
#include "tests/fixtures/sample_reconstruction.h"

namespace ahap {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;

using testing::sample_reconstruction;

// Moves what a photo shows of a person away from the body, metres.
void move_away(Reconstruction& result, int n, double metres) {
  Detection& detection = result.frames[0].detections[std::size_t(n)];
  const Camera& camera = result.views[std::size_t(detection.view)].camera(0);
  for (Eigen::Vector2d& joint : detection.joints2d)
    joint.x() += metres * camera.K(0, 0) / detection.keypoint_depth;
}

std::vector<int> doubtful(const Reconstruction& result) {
  std::vector<int> detections;
  for (const Doubt& doubt : doubts(result, 0)) detections.push_back(doubt.detection);
  return detections;
}

TEST(Doubts, AResultThatFitsHasNone) {
  EXPECT_THAT(doubts(sample_reconstruction(), 0), IsEmpty());
}

TEST(Doubts, WhereTheBodyLiesFarBesideItTheWorstComesFirst) {
  Reconstruction result = sample_reconstruction();
  move_away(result, 1, 0.05);
  move_away(result, 2, 0.12);
  move_away(result, 6, 0.4);
  EXPECT_THAT(doubtful(result), ElementsAre(6, 2));
  EXPECT_THAT(doubt_text(result, doubts(result, 0)[0]), MatchesRegex("the body lies (39|40) cm beside"));
}

TEST(Doubts, WhoIsSomebodyElseInTheRunnerUpIsDoubtfulWhileItIsNearlyAsLikely) {
  Reconstruction result = sample_reconstruction();
  result.frames[0].runner_up = {.person_ids = {1, 2, 1, 1, 2, 1, 7, 2, 0}, .margin = kDoubtfulMargin / 2};
  EXPECT_THAT(doubtful(result), ElementsAre(1, 5, 6));
  result = *with_name(result, 2, "Anna");
  const std::vector<Doubt> found = doubts(result, 0);
  EXPECT_EQ(doubt_text(result, found[0]), "may be Anna");
  EXPECT_EQ(doubt_text(result, found[2]), "may be somebody new");
  result.frames[0].runner_up.margin = kDoubtfulMargin;
  EXPECT_THAT(doubts(result, 0), IsEmpty());
}

TEST(Doubts, SeveralReasonsForOneDetectionStandInOneLine) {
  Reconstruction result = sample_reconstruction();
  result.frames[0].runner_up = {.person_ids = {1, 1, 1, 1, 2, 2, 2, 0, 0}, .margin = 1};
  move_away(result, 7, 0.2);
  ASSERT_EQ(doubts(result, 0).size(), 1u);
  EXPECT_EQ(doubt_text(result, doubts(result, 0)[0]), "may be nobody; the body lies 20 cm beside");
}

TEST(Doubts, APersonInAPhotoWithoutAPoseIsAGuess) {
  Reconstruction result = sample_reconstruction();
  result.frames[0].detections[8].person_id = 1;
  ASSERT_THAT(doubtful(result), ElementsAre(8));
  EXPECT_EQ(doubt_text(result, doubts(result, 0)[0]), "a guess: the photo has no camera pose");
  result.frames[0].detections[8].person_id = 3;
  EXPECT_THAT(doubts(result, 0), IsEmpty()) << "nobody else is person 3";
}

TEST(Doubts, WhatIsLockedOrLeftOutIsInNone) {
  Reconstruction result = sample_reconstruction();
  for (const int n : {1, 2, 3}) move_away(result, n, 0.3);
  result.frames[0].detections[1].locked = true;
  result.frames[0].detections[2].left_out = true;
  result.views[3].left_out = true;
  EXPECT_THAT(doubts(result, 0), IsEmpty());
}

}  // namespace
}  // namespace ahap

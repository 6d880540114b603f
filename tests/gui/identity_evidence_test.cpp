#include "app/gui/identity_evidence.h"

#include <gtest/gtest.h>

#include "tests/fixtures/sample_reconstruction.h"

namespace ahap {
namespace {

using testing::sample_reconstruction;

TEST(IdentityEvidence, TheLineOfTheOtherPhotoPassesWhereThePersonIs) {
  const Reconstruction result = sample_reconstruction();
  const IdentityEvidence evidence = identity_evidence(result, 0, 3, 1);
  EXPECT_EQ(evidence.other, 0) << "which agrees best";
  ASSERT_TRUE(evidence.beside_line);
  EXPECT_LT(*evidence.beside_line, 0.1);
}

TEST(IdentityEvidence, TheLineOfSomebodyElsePassesElsewhere) {
  const Reconstruction result = sample_reconstruction();
  const IdentityEvidence evidence = identity_evidence(result, 0, 7, 1);
  EXPECT_EQ(result.frames[0].detections[std::size_t(evidence.other)].person_id, 1);
  EXPECT_GT(evidence.beside_line.value(), 5);
}

TEST(IdentityEvidence, SaysWhoComesNextAndByHowMuch) {
  const IdentityEvidence evidence = identity_evidence(sample_reconstruction(), 0, 2, 1);
  EXPECT_FLOAT_EQ(float(evidence.agreement), 0.8f);
  EXPECT_EQ(evidence.next, 2);
  EXPECT_FLOAT_EQ(float(evidence.next_agreement), 0.1f);
}

TEST(IdentityEvidence, PhotosThatAreLeftOutAndTheSamePhotoAreNoWitness) {
  Reconstruction result = sample_reconstruction();
  result.frames[0].detections[0].left_out = true;
  result.views[1].left_out = true;
  EXPECT_EQ(identity_evidence(result, 0, 3, 1).other, 2);
  result.frames[0].detections[2].person_id = kNobody;
  EXPECT_EQ(identity_evidence(result, 0, 3, 1).other, -1) << "the detection itself is none";
}

TEST(IdentityEvidence, WithoutACameraPoseThereIsAPhotoButNoLine) {
  Reconstruction result = sample_reconstruction();
  const IdentityEvidence from_none = identity_evidence(result, 0, 8, 2);
  EXPECT_GE(from_none.other, 4);
  EXPECT_TRUE(from_none.epipolar_line.empty());
  EXPECT_FALSE(from_none.beside_line);
  EXPECT_FALSE(from_none.fit);
}

TEST(IdentityEvidence, NobodyHasNoEvidence) {
  const IdentityEvidence evidence = identity_evidence(sample_reconstruction(), 0, 0, 9);
  EXPECT_EQ(evidence.other, -1);
  EXPECT_EQ(evidence.agreement, 0);
}

}  // namespace
}  // namespace ahap

#include "reconstruction/evaluation/metrics.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/fixtures/people_simulation.h"

namespace ahap {
namespace {

class Metrics : public ::testing::Test {
 protected:
  Metrics() : random_(1) {
    for (int p = 0; p < 3; ++p) {
      people_.push_back(random_.points(24, 0.4));
      for (auto& joint : people_.back()) joint += Eigen::Vector3d(p, 1, 0);
    }
    for (int v = 0; v < 4; ++v) cameras_.push_back(random_.pose(4));
  }

  std::vector<Joints> moved(const Similarity& S) const {
    auto people = people_;
    for (auto& joints : people) {
      for (auto& joint : joints) joint = S * joint;
    }
    return people;
  }
  CameraPoses moved_cameras(const Similarity& S) const {
    CameraPoses cameras;
    for (const auto& camera : cameras_) cameras.push_back(S * camera);
    return cameras;
  }
  Similarity similarity(double scale) {
    const Eigen::Isometry3d pose = random_.pose(2);
    return {scale, pose.linear(), pose.translation()};
  }

  RandomGeometry random_;
  std::vector<Joints> people_;
  CameraPoses cameras_;
};

TEST_F(Metrics, MpjpeOfAShiftIsItsLength) {
  EXPECT_NEAR(*mpjpe(moved({1, Eigen::Matrix3d::Identity(), {0, 0.3, 0.4}}), people_).value(), 0.5, 1e-12);
}

TEST_F(Metrics, PaMpjpeIgnoresASimilarityPerPerson) {
  std::vector<Joints> predicted = people_;
  for (auto& joints : predicted) {
    const Similarity S = similarity(random_.uniform(0.5, 2));
    for (auto& joint : joints) joint = S * joint;
  }
  EXPECT_NEAR(*pa_mpjpe(predicted, people_).value(), 0, 1e-9);
  EXPECT_GT(*ga_mpjpe(predicted, people_).value(), 0.1);
}

TEST_F(Metrics, GaMpjpeIgnoresOneSimilarityOfTheScene) {
  EXPECT_NEAR(*ga_mpjpe(moved(similarity(0.3)), people_).value(), 0, 1e-9);
}

TEST_F(Metrics, WMpjpeIgnoresARigidMotionOfTheWholeWorldButNotItsScale) {
  const Similarity rigid = similarity(1);
  EXPECT_NEAR(*w_mpjpe(moved(rigid), people_, moved_cameras(rigid), cameras_).value(), 0, 1e-9);
  const Similarity larger = similarity(1.2);
  EXPECT_GT(*w_mpjpe(moved(larger), people_, moved_cameras(larger), cameras_).value(), 0.05);
}

TEST_F(Metrics, WMpjpeWorksFromASingleCamera) {
  const Similarity rigid = similarity(1);
  const CameraPoses one = {cameras_[0]}, moved_one = {rigid * cameras_[0]};
  EXPECT_NEAR(*w_mpjpe(moved(rigid), people_, moved_one, one).value(), 0, 1e-9);
}

TEST_F(Metrics, TeSeesTheScaleOfTheCamerasAndSTeDoesNot) {
  const CameraPoses predicted = moved_cameras(similarity(2));
  EXPECT_GT(*translation_error(predicted, cameras_, AlignmentGroup::SE3).value(), 0.5);
  EXPECT_NEAR(*translation_error(predicted, cameras_, AlignmentGroup::Sim3).value(), 0, 1e-9);
}

TEST_F(Metrics, AeIgnoresTheWorldAndMeasuresTurnsOfSingleCameras) {
  CameraPoses predicted = moved_cameras(similarity(1));
  EXPECT_NEAR(*angle_error(predicted, cameras_).value(), 0, 1e-6);
  predicted[2].rotate(Eigen::AngleAxisd(0.2, Eigen::Vector3d::UnitX()));
  // Three of the six pairs hold the turned camera.
  EXPECT_NEAR(*angle_error(predicted, cameras_).value(), 0.1, 1e-6);
  EXPECT_NEAR(*relative_rotation_accuracy(predicted, cameras_, 0.19).value(), 0.5, 1e-12);
  EXPECT_NEAR(*relative_rotation_accuracy(predicted, cameras_, 0.21).value(), 1, 1e-12);
}

TEST_F(Metrics, CcaCountsCentresNearerThanAShareOfTheScene) {
  CameraPoses truth, predicted;
  for (int v = 0; v < 8; ++v) {
    truth.push_back(Eigen::Isometry3d::Identity());
    truth.back().translation() = Eigen::Vector3d(std::cos(v * M_PI / 4), 0, std::sin(v * M_PI / 4));
  }
  predicted = truth;
  predicted[0].translation() *= 1.4;  // the alignment moves by an eighth of it: 0.05
  EXPECT_NEAR(*camera_center_accuracy(predicted, truth, AlignmentGroup::SE3, 0.1).value(), 7.0 / 8, 1e-12);
  EXPECT_NEAR(*camera_center_accuracy(truth, truth, AlignmentGroup::SE3, 0.1).value(), 1, 1e-12);
}

TEST_F(Metrics, UpErrorIsTheTiltAndIgnoresTheYaw) {
  const Similarity yaw{1, Eigen::AngleAxisd(1, Eigen::Vector3d::UnitY()).toRotationMatrix(), {1, 2, 3}};
  EXPECT_NEAR(*up_error(moved_cameras(yaw), cameras_).value(), 0, 1e-9);
  const Similarity tilt{1, Eigen::AngleAxisd(0.1, Eigen::Vector3d::UnitX()).toRotationMatrix(), {1, 2, 3}};
  EXPECT_NEAR(*up_error(moved_cameras(tilt), cameras_).value(), 0.1, 1e-9);
}

TEST_F(Metrics, AssociationCountsPairsOfDifferentViews) {
  const std::vector<int> view = {0, 0, 1, 1, 2};
  const std::vector<int> truth = {0, 1, 0, 1, 0};
  const AssociationScores perfect = association_scores(view, std::vector<int>{5, 6, 5, 6, 5}, truth);
  EXPECT_EQ(perfect.precision.value(), 1);
  EXPECT_EQ(perfect.recall.value(), 1);
  EXPECT_EQ(perfect.accuracy.count, 8);
  // Everybody one person: the four true pairs are found, four false ones as well.
  const AssociationScores one = association_scores(view, std::vector<int>{1, 1, 1, 1, 1}, truth);
  EXPECT_EQ(one.precision.value(), 0.5);
  EXPECT_EQ(one.recall.value(), 1);
  EXPECT_EQ(one.accuracy.value(), 0.5);
  // Nobody is anybody.
  const AssociationScores none = association_scores(view, std::vector<int>{0, 0, 0, 0, 0}, truth);
  EXPECT_FALSE(none.precision.value());
  EXPECT_EQ(none.recall.value(), 0);
  // A false alarm takes no part.
  EXPECT_EQ(association_scores(view, truth, std::vector<int>{0, 1, 0, 1, -1}).accuracy.count, 4);
}

TEST_F(Metrics, DetectionScoresOfThreeFoundOneMissedAndTwoFalse) {
  const DetectionScores scores = detection_scores(3, 2, 1);
  EXPECT_NEAR(*scores.precision.value(), 0.6, 1e-12);
  EXPECT_NEAR(*scores.recall.value(), 0.75, 1e-12);
  EXPECT_NEAR(*scores.f1.value(), 2 * 0.6 * 0.75 / 1.35, 1e-12);
  EXPECT_FALSE(detection_scores(0, 0, 0).f1.value());
}

TEST_F(Metrics, DepthScoresLeaveOutWhatIsUnknown) {
  const std::vector<float> truth = {2, 2, 0, 4, 1}, predicted = {2.2f, 3, 5, -1, 1};
  const DepthScores scores = depth_scores(predicted, truth);
  EXPECT_EQ(scores.abs_rel.count, 3);
  EXPECT_NEAR(*scores.abs_rel.value(), (0.1 + 0.5 + 0) / 3, 1e-6);
  EXPECT_NEAR(*scores.delta.value(), 2.0 / 3, 1e-12);
}

TEST_F(Metrics, ListsOfDifferentLengthAreRefused) {
  EXPECT_THROW(mpjpe(people_, std::span(people_).first(2)), std::invalid_argument);
  EXPECT_THROW(depth_scores(std::vector<float>{1}, std::vector<float>{}), std::invalid_argument);
}

// A capture of three people in three views and the reconstruction that has everything right.
class CaptureScoring : public ::testing::Test {
 protected:
  CaptureScoring() {
    RandomGeometry random(2);
    reconstruction_.frames.emplace_back();
    for (int p = 0; p < 3; ++p) {
      GroundTruth::Person person;
      for (auto joint : simulation::random_skeleton(random).joints()) {
        person.joints.push_back((joint + Eigen::Vector3d(1.2 * p - 1.2, 1, 0.5 * (p % 2))).cast<float>());
      }
      truth_.people.push_back(person);
      Person predicted;
      predicted.id = p + 1;
      predicted.bodies.emplace_back().joints = person.joints;
      reconstruction_.people.push_back(predicted);
    }
    for (int v = 0; v < 3; ++v) {
      GroundTruth::View view;
      view.name = "camera" + std::to_string(v) + ".png";
      view.camera =
          camera_looking_at({5 * std::cos(v + 1.0), 1.5, 5 * std::sin(v + 1.0)}, {0, 1, 0.2}, 1.2, 200, 160);
      view.visible_pixels = {500, 500, 500};
      view.depth.assign(200 * 160, 4.0f);
      truth_.views.push_back(view);
      ReconstructedView predicted;
      predicted.name = view.name;
      predicted.cameras = {view.camera};
      reconstruction_.views.push_back(predicted);
      for (int p = 0; p < 3; ++p) {
        Detection detection;
        detection.view = v;
        detection.person_id = p + 1;
        detection.keypoint = *view.camera.project(truth_.people[p].joints[0].cast<double>());
        reconstruction_.frames[0].detections.push_back(detection);
      }
    }
  }

  GroundTruth truth_;
  Reconstruction reconstruction_;
};

TEST_F(CaptureScoring, TheTruthScoresPerfectly) {
  const CaptureScores scores = score(reconstruction_, 0, truth_);
  for (const auto& column : score_columns()) {
    const Score& value = scores.*column.member;
    if (column.name.starts_with("depth") || column.key.starts_with("/motion") ||
        column.key.starts_with("/identities"))
      continue;
    ASSERT_TRUE(value.value()) << column.name;
    EXPECT_NEAR(*value.value(), column.higher_is_better ? 1 : 0, 1e-5) << column.name;
  }
}

TEST_F(CaptureScoring, IdsMayBeAnyNumbers) {
  for (auto& person : reconstruction_.people) person.id = 10 - 3 * person.id;
  for (auto& detection : reconstruction_.frames[0].detections)
    detection.person_id = 10 - 3 * detection.person_id;
  const CaptureScores scores = score(reconstruction_, 0, truth_);
  EXPECT_EQ(scores.association_accuracy.value(), 1);
  EXPECT_NEAR(*scores.mpjpe.value(), 0, 1e-6);
}

TEST_F(CaptureScoring, AFalseAlarmCostsPrecisionAndAMissCostsRecall) {
  reconstruction_.frames[0].detections.erase(reconstruction_.frames[0].detections.begin());
  Detection nobody;
  nobody.view = 1;
  nobody.keypoint = {3, 3};
  reconstruction_.frames[0].detections.push_back(nobody);
  const CaptureScores scores = score(reconstruction_, 0, truth_);
  EXPECT_NEAR(*scores.precision.value(), 8.0 / 9, 1e-12);
  EXPECT_NEAR(*scores.recall.value(), 8.0 / 9, 1e-12);
}

TEST_F(CaptureScoring, SomebodyHardlyVisibleNeedNotBeFoundAndIsNoFalseAlarm) {
  truth_.views[0].visible_pixels[0] = 3;
  CaptureScores scores = score(reconstruction_, 0, truth_);
  EXPECT_EQ(scores.precision.value(), 1);
  EXPECT_EQ(scores.recall.count, 8);
  reconstruction_.frames[0].detections.erase(reconstruction_.frames[0].detections.begin());
  scores = score(reconstruction_, 0, truth_);
  EXPECT_EQ(scores.recall.value(), 1);
}

TEST_F(CaptureScoring, AKeyPointOnAPersonsPixelsIsThatPersonEvenFarFromThePelvis) {
  auto& view = truth_.views[0];
  view.person.assign(200 * 160, 0);
  for (int y = 0; y < 20; ++y) {
    for (int x = 0; x < 20; ++x) view.person[y * 200 + x] = 1;
  }
  reconstruction_.frames[0].detections[0].keypoint = {10, 10};
  EXPECT_EQ(match_detections(reconstruction_, 0, truth_)[0], 0);
  view.person.assign(200 * 160, 0);
  EXPECT_EQ(match_detections(reconstruction_, 0, truth_)[0], -1);
}

TEST_F(CaptureScoring, ACameraWithoutAPoseFailsTheAccuraciesButNotTheErrors) {
  reconstruction_.views[2].camera_estimated = false;
  reconstruction_.views[2].cameras[0].world_from_camera = Eigen::Isometry3d::Identity();
  const CaptureScores scores = score(reconstruction_, 0, truth_);
  EXPECT_NEAR(*scores.rra10.value(), 1.0 / 3, 1e-12);
  EXPECT_NEAR(*scores.cca10.value(), 2.0 / 3, 1e-12);
  EXPECT_NEAR(*scores.ae.value(), 0, 1e-6);
  EXPECT_NEAR(*scores.cameras_estimated.value(), 2.0 / 3, 1e-12);
}

TEST_F(CaptureScoring, TheOrderOfTheViewsDoesNotMatter) {
  std::swap(truth_.views[0], truth_.views[2]);
  EXPECT_NEAR(*score(reconstruction_, 0, truth_).te.value(), 0, 1e-6);
}

TEST_F(CaptureScoring, PointsAreComparedWithTheDepthOfTheirOwnView) {
  const Camera& camera = reconstruction_.views[1].camera(0);
  PointCloud points;
  for (const double z : {4.0, 4.4}) {
    points.positions.push_back(camera.unproject({100.5, 80.5}, z).cast<float>());
    points.view.push_back(1);
  }
  reconstruction_.frames[0].points = std::make_shared<PointCloud>(points);
  const CaptureScores scores = score(reconstruction_, 0, truth_);
  EXPECT_EQ(scores.depth_abs_rel.count, 2);
  EXPECT_NEAR(*scores.depth_abs_rel.value(), 0.05, 1e-5);
}

TEST_F(CaptureScoring, NobodyFoundLeavesThePeopleWithoutAScore) {
  reconstruction_.frames[0].detections.clear();
  reconstruction_.people.clear();
  const CaptureScores scores = score(reconstruction_, 0, truth_);
  EXPECT_EQ(scores.recall.value(), 0);
  EXPECT_EQ(scores.people_found.value(), 0);
  EXPECT_FALSE(scores.precision.value());
  EXPECT_FALSE(scores.w_mpjpe.value());
}

TEST_F(CaptureScoring, AStrangersGroundTruthIsRefused) {
  for (auto& view : truth_.views) view.name = "other" + view.name;
  EXPECT_THROW(score(reconstruction_, 0, truth_), std::runtime_error);
}

TEST_F(CaptureScoring, ASummaryPoolsCasesAndItsIntervalHoldsTheMean) {
  std::vector<CaptureScores> captures(20);
  RandomGeometry random(3);
  Score all;
  for (auto& capture : captures) {
    capture.ae = {random.uniform(0, 0.5), double(random.integer(1, 6))};
    all += capture.ae;
  }
  const auto rows = summarise(captures);
  ASSERT_EQ(rows.size(), 1u) << "only AE has values";
  EXPECT_EQ(rows[0].column.name, "AE");
  EXPECT_NEAR(rows[0].mean, *all.value() * 180 / M_PI, 1e-9);
  EXPECT_LT(rows[0].low, rows[0].mean);
  EXPECT_GT(rows[0].high, rows[0].mean);
  EXPECT_EQ(rows[0].captures, 20);
  EXPECT_EQ(summarise(captures)[0].low, rows[0].low) << "drawn anew, the same interval";
}

TEST_F(CaptureScoring, CapturesThatAllAgreeHaveAnIntervalOfNoWidth) {
  std::vector<CaptureScores> captures(5);
  for (auto& capture : captures) capture.precision = {4, 5};
  const auto rows = summarise(captures);
  EXPECT_NEAR(rows[0].low, 0.8, 1e-12);
  EXPECT_NEAR(rows[0].high, 0.8, 1e-12);
  EXPECT_NEAR(rows[0].median, 0.8, 1e-12);
}

}  // namespace
}  // namespace ahap

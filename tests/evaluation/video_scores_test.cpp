#include "reconstruction/evaluation/video_scores.h"

#include <gtest/gtest.h>

#include "reconstruction/evaluation/video_take.h"
#include "tests/fixtures/people_simulation.h"
#include "tests/fixtures/temporary_folder.h"

namespace ahap {
namespace {

using testing::TemporaryFolder;
using testing::write_bytes;

constexpr int kFrames = 8;

// Two people who walk past two cameras, and the result that has everything right.
class VideoScoring : public ::testing::Test {
 protected:
  VideoScoring() {
    RandomGeometry random(2);
    const std::array<std::vector<Eigen::Vector3d>, 2> bodies = {simulation::random_skeleton(random).joints(),
                                                                simulation::random_skeleton(random).joints()};
    for (int v = 0; v < 2; ++v) {
      ReconstructedView view;
      view.name = "cam0" + std::to_string(v + 1) + ".mp4";
      view.cameras = {
          camera_looking_at({5 * std::cos(v + 1.0), 1.5, 5 * std::sin(v + 1.0)}, {0, 1, 0}, 1.2, 200, 160)};
      range_.views.push_back(view);
    }
    range_.people.resize(2);
    for (int p = 0; p < 2; ++p) range_.people[p].id = p + 1;
    for (int i = 0; i < kFrames; ++i) add_frame(i, bodies);
  }

  void add_frame(int i, const std::array<std::vector<Eigen::Vector3d>, 2>& bodies) {
    GroundTruth& truth = truth_.emplace_back();
    truth.time = i / 30.0;
    ReconstructedFrame& frame = range_.frames.emplace_back();
    frame.number = i;
    for (int p = 0; p < 2; ++p) {
      GroundTruth::Person person;
      for (const Eigen::Vector3d& joint : bodies[p])
        person.joints.push_back(
            (joint + Eigen::Vector3d(p - 0.5 + 0.03 * i, 1, p + 0.01 * i * i)).cast<float>());
      BodyInFrame body;
      body.frame = i;
      body.joints = person.joints;
      range_.people[p].bodies.push_back(body);
      truth.people.push_back(std::move(person));
    }
    for (int v = 0; v < 2; ++v) {
      GroundTruth::View view;
      view.name = range_.views[v].name;
      view.camera = range_.views[v].camera(0);
      for (int p = 0; p < 2; ++p) {
        const Box box{80.0 * p, 10, 80.0 * p + 40, 90};
        view.boxes.push_back(box);
        view.visible_pixels.push_back(2000);
        Detection detection;
        detection.view = v;
        detection.person_id = p + 1;
        detection.box = box;
        detection.keypoint = *view.camera.project(truth.people[p].joints[0].cast<double>());
        frame.detections.push_back(detection);
      }
      truth.views.push_back(std::move(view));
    }
  }

  std::vector<GroundTruth> truth_;
  Reconstruction range_;
};

TEST_F(VideoScoring, the_truth_scores_perfectly) {
  const CaptureScores scores = score_video(range_, truth_);
  EXPECT_EQ(scores.idf1.value(), 1);
  EXPECT_EQ(scores.mota.value(), 1);
  EXPECT_EQ(scores.id_switches.value(), 0);
  EXPECT_NEAR(*scores.segment_wa_mpjpe.value(), 0, 1e-6);
  EXPECT_NEAR(*scores.segment_w_mpjpe.value(), 0, 1e-6);
  EXPECT_NEAR(*scores.rte.value(), 0, 1e-6);
  EXPECT_NEAR(*scores.jitter_ratio.value(), 1, 1e-12);
  EXPECT_NEAR(*scores.pa_mpjpe.value(), 0, 1e-6);
  EXPECT_NEAR(*scores.ae.value(), 0, 1e-6);
}

TEST_F(VideoScoring, cameras_that_stand_still_count_once_and_moving_ones_in_every_frame) {
  EXPECT_EQ(score_video(range_, truth_).cameras_estimated.count, 2);
  for (ReconstructedView& view : range_.views) view.cameras.resize(kFrames, view.cameras[0]);
  EXPECT_EQ(score_video(range_, truth_).cameras_estimated.count, 2 * kFrames);
}

TEST_F(VideoScoring, a_body_that_trembles_has_more_jitter_than_the_true_one) {
  for (BodyInFrame& body : range_.people[0].bodies)
    for (auto& joint : body.joints) joint.y() += body.frame % 2 == 0 ? 0.01f : -0.01f;
  const CaptureScores scores = score_video(range_, truth_);
  EXPECT_GT(*scores.jitter_ratio.value(), 10);
  // Plus and minus a centimetre differ by eight in the third difference.
  EXPECT_NEAR(*scores.jitter.value() - *scores.true_jitter.value(), 0.5 * 0.08 * 27000, 30);
}

TEST_F(VideoScoring, skating_counts_where_the_true_foot_stands) {
  for (GroundTruth& truth : truth_)
    for (auto& person : truth.people) person.foot_contact = {true, false};
  const CaptureScores scores = score_video(range_, truth_);
  EXPECT_GT(*scores.skating.value(), 0.9) << "these stiff bodies slide with every step";
}

TEST_F(VideoScoring, frames_without_a_body_break_the_motion_but_not_the_person) {
  range_.people[0].bodies.erase(range_.people[0].bodies.begin() + 3);
  const CaptureScores scores = score_video(range_, truth_);
  EXPECT_EQ(scores.idf1.value(), 1);
  // Of eight frames in a row five have three that follow; of four the first.
  EXPECT_EQ(scores.jitter.count, (5 + 1) * 24);
}

TEST_F(VideoScoring, people_who_change_names_are_compared_under_the_better_one) {
  for (int i = 6; i < kFrames; ++i)
    for (Detection& detection : range_.frames[i].detections) detection.person_id = 3 - detection.person_id;
  const CaptureScores scores = score_video(range_, truth_);
  EXPECT_DOUBLE_EQ(*scores.idf1.value(), 0.75);
  EXPECT_EQ(scores.id_switches.value(), 4);
  EXPECT_NEAR(*scores.segment_wa_mpjpe.value(), 0, 1e-6);
}

TEST_F(VideoScoring, a_part_of_the_video_is_compared_by_its_frame_numbers) {
  for (ReconstructedFrame& frame : range_.frames) frame.number += 2;
  const CaptureScores scores = score_video(range_, truth_);
  EXPECT_EQ(scores.precision.count, 4 * (kFrames - 2));
  EXPECT_GT(*scores.mpjpe.value(), 0.05);
}

TEST_F(VideoScoring, measured_cameras_alone_score_cameras_alone) {
  truth_.resize(1);
  truth_[0].people.clear();
  truth_[0].only_cameras = true;
  for (auto& view : truth_[0].views) view.boxes.clear();
  const CaptureScores scores = score_video(range_, truth_);
  EXPECT_NEAR(*scores.ae.value(), 0, 1e-6);
  EXPECT_FALSE(scores.up.value()) << "which way is up is not measured";
  EXPECT_FALSE(scores.precision.value());
  EXPECT_FALSE(scores.idf1.value());
}

TEST(VideoTake, is_read_from_the_cameras_of_its_videos) {
  const TemporaryFolder place;
  const std::string view =
      R"("width": 64, "height": 48, "K": [[50, 0, 32], [0, 50, 24], [0, 0, 1]], "distortion": [0.1, 0, 0, 0],
         "world_from_camera": [[1, 0, 0, 2], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]})";
  write_bytes(place / "truth.json",
              R"({"fps": 60, "frames": 100, "views": [{"name": "cam01.mp4", )" + view + "]}");
  ASSERT_TRUE(is_video_take(place.path()));
  const GroundTruth truth = read_video_take(place.path());
  EXPECT_TRUE(truth.only_cameras);
  ASSERT_EQ(truth.views.size(), 1u);
  EXPECT_EQ(truth.views[0].name, "cam01.mp4");
  EXPECT_EQ(truth.views[0].camera.center().x(), 2);
}

TEST(VideoTake, photographs_are_none) {
  const TemporaryFolder place;
  write_bytes(place / "truth.json", R"({"multiview": []})");
  EXPECT_FALSE(is_video_take(place.path()));
  write_bytes(place / "truth.json", "no JSON");
  EXPECT_FALSE(is_video_take(place.path()));
}

}  // namespace
}  // namespace ahap

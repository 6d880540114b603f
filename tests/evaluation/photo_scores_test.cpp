#include "reconstruction/evaluation/photo_scores.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>

#include "reconstruction/evaluation/photo_report.h"
#include "reconstruction/evaluation/reconstruction_file.h"
#include "tests/fixtures/temporary_folder.h"

namespace ahap {
namespace {

using ::testing::HasSubstr;
using Json = nlohmann::json;

constexpr std::array<std::pair<int, int>, 12> kCocoToSmpl = {{{5, 16},
                                                              {6, 17},
                                                              {7, 18},
                                                              {8, 19},
                                                              {9, 20},
                                                              {10, 21},
                                                              {11, 1},
                                                              {12, 2},
                                                              {13, 4},
                                                              {14, 5},
                                                              {15, 7},
                                                              {16, 8}}};

Json rows(const Eigen::MatrixXd& m) {
  Json json = Json::array();
  for (Eigen::Index r = 0; r < m.rows(); ++r) {
    json.push_back(Json::array());
    for (Eigen::Index c = 0; c < m.cols(); ++c) json.back().push_back(m(r, c));
  }
  return json;
}

// Four cameras at the corners of a square with sides of 2 m, looking down by different turns, and two people
// who stand in the same places of every picture, 200 pixels apart, 80 wide and 340 high. Somebody behind them
// is to be ignored. The result is the truth in another world, smaller by 1.7; its people are 7 and 8.
class ScoredPhotographs : public ::testing::Test {
 protected:
  ScoredPhotographs() {
    const Eigen::AngleAxisd world(0.9, Eigen::Vector3d(0.3, -1, 0.5).normalized());
    for (int v = 0; v < 4; ++v) {
      Eigen::Isometry3d pose = Eigen::Isometry3d::Identity();
      pose.linear() = Eigen::AngleAxisd(0.4 * v, Eigen::Vector3d(1, v, 2).normalized()).toRotationMatrix();
      pose.translation() = Eigen::Vector3d(2 * (v % 2), 2 * (v / 2), 0);
      Eigen::Isometry3d found = Eigen::Isometry3d::Identity();
      found.linear() = world * pose.linear();
      found.translation() = world * pose.translation() / 1.7 + Eigen::Vector3d(1, 2, 3);
      const Json K = rows((Eigen::Matrix3d() << 500, 0, 320, 0, 500, 240, 0, 0, 1).finished());
      const std::string name = std::to_string(v) + ".jpg";
      Json view = {{"name", name},
                   {"width", 640},
                   {"height", 480},
                   {"K", K},
                   {"world_from_camera", rows(pose.matrix())}};
      result_["views"].push_back({{"name", name},
                                  {"camera_estimated", true},
                                  {"K", K},
                                  {"world_from_camera", rows(found.matrix())}});
      for (const int person : {0, 1}) {
        view["people"].push_back(
            {{"id", person ? "woman" : "man"}, {"box", box(person)}, {"keypoints", labels(person)}});
        result_["detections"].push_back(
            {{"view", name}, {"person_id", 7 + person}, {"box", box(person)}, {"joints2d", joints(person)}});
      }
      view["people"].push_back({{"box", {500, 10, 560, 60}}, {"ignore", true}});
      result_["detections"].push_back(
          {{"view", name}, {"person_id", -1}, {"box", {500, 10, 560, 60}}, {"joints2d", Json::array()}});
      views_.push_back(view);
    }
    result_["people"] = Json::array();
  }

  static Json box(int person) { return {100 + 200 * person, 100, 180 + 200 * person, 440}; }
  static Json labels(int person) {
    Json keypoints = Json::array();
    for (int i = 0; i < 17; ++i) keypoints.push_back({100 + 200 * person + 10 * (i % 5), 100 + 20 * i, 2});
    return keypoints;
  }
  static Json joints(int person) {
    Json joints = rows(Eigen::MatrixXd::Zero(24, 2));
    for (const auto& [coco, smpl] : kCocoToSmpl)
      joints[smpl] = {labels(person)[coco][0], labels(person)[coco][1]};
    return joints;
  }
  Json& detection(int view, int person) { return result_["detections"][3 * view + person]; }
  // The result's camera of a view, turned by so many degrees about its own axis.
  void turn(int view, double degrees) {
    Json& pose = result_["views"][view]["world_from_camera"];
    Eigen::Matrix3d R;
    for (int i = 0; i < 9; ++i) R(i / 3, i % 3) = pose[i / 3][i % 3];
    R *= Eigen::AngleAxisd(degrees * M_PI / 180, Eigen::Vector3d::UnitZ()).toRotationMatrix();
    for (int i = 0; i < 9; ++i) pose[i / 3][i % 3] = R(i / 3, i % 3);
  }

  LabelledItem item() {
    const testing::TemporaryFolder folder;
    const Json truth = {
        {"multiview",
         {{{"name", "room"}, {"path", "multiview/room"}, {"views", views_}, {"people", people_}}}}};
    testing::write_bytes(folder / "truth.json", truth.dump());
    return read_photo_benchmark(folder.path()).at(0);
  }
  Reconstruction result() {
    const testing::TemporaryFolder folder;
    testing::write_bytes(folder / "reconstruction.json", result_.dump());
    return read_reconstruction_file(folder / "reconstruction.json");
  }
  PhotoItemScores scores() { return score_photographs(result(), 0, item()); }

  Json views_ = Json::array(), people_ = Json::array();
  Json result_;
};

TEST_F(ScoredPhotographs, the_truth_in_another_world_is_perfect_and_its_scale_is_told) {
  const PhotoItemScores scores = this->scores();
  EXPECT_NEAR(*scores.cameras->ae_mean().value(), 0, 1e-4);
  EXPECT_EQ(scores.cameras->rra5.value(), 1);
  EXPECT_NEAR(*median(scores.cameras->centres->errors), 0, 1e-9);
  EXPECT_NEAR(scores.cameras->centres->scene_size, std::sqrt(2), 1e-12) << "half the square's diagonal";
  EXPECT_NEAR(scores.cameras->centres->scale, 1.7, 1e-9);
  EXPECT_NEAR(scores.cameras->centres->metric_error, std::sqrt(2) * (1 - 1 / 1.7), 1e-9)
      << "the smaller square in the middle";
  EXPECT_EQ(scores.cameras->focal.value(), 0);
  EXPECT_EQ(scores.people.found, 8);
  EXPECT_EQ(scores.people.false_alarms, 0);
  EXPECT_EQ(scores.people.f1.value(), 1);
  EXPECT_EQ(scores.people.pck_all.value(), 1);
  EXPECT_EQ(scores.people.identities->accuracy.value(), 1);
  EXPECT_EQ(scores.people.identities->pair_recall.value(), 1);
  EXPECT_FALSE(scores.people.identities->swapped);
}

TEST_F(ScoredPhotographs, a_camera_turned_by_7_degrees_spoils_its_three_of_six_pairs) {
  turn(3, 7);
  const PhotoCameraScores cameras = *scores().cameras;
  EXPECT_NEAR(*cameras.ae_mean().value(), 3.5, 1e-4);
  EXPECT_NEAR(*cameras.ae_median(), 3.5, 1e-4) << "between 0 and 7";
  EXPECT_EQ(cameras.rra5.value(), 0.5);
  EXPECT_EQ(cameras.rra10.value(), 1);
  EXPECT_NEAR(cameras.camera_angles[0], 0, 1e-4);
  EXPECT_NEAR(cameras.camera_angles[3], 7, 1e-4);
}

TEST_F(ScoredPhotographs, a_camera_without_a_pose_fails) {
  result_["views"][0]["camera_estimated"] = false;
  result_["views"][0]["world_from_camera"] = nullptr;
  const PhotoCameraScores cameras = *scores().cameras;
  EXPECT_EQ(cameras.estimated, 3);
  EXPECT_EQ(cameras.rra5.value(), 0.5);
  EXPECT_EQ(cameras.centres->s_cca10.value(), 0.75);
}

TEST_F(ScoredPhotographs, a_focal_length_a_fifth_too_long_is_told) {
  for (Json& view : result_["views"]) view["K"][0][0] = view["K"][1][1] = 600;
  EXPECT_NEAR(*scores().cameras->focal.value(), 0.2, 1e-12);
}

TEST_F(ScoredPhotographs, centres_on_a_line_are_scored) {
  for (int v = 0; v < 4; ++v) {
    views_[v]["world_from_camera"][0][3] = v;
    views_[v]["world_from_camera"][1][3] = 0;
    for (int axis = 0; axis < 3; ++axis)
      result_["views"][v]["world_from_camera"][axis][3] = axis == 1 ? 0.5 * v : 0.0;
  }
  const PhotoCameraScores cameras = *scores().cameras;
  ASSERT_TRUE(cameras.centres);
  EXPECT_NEAR(cameras.centres->scale, 2, 1e-9);
  EXPECT_NEAR(*median(cameras.centres->errors), 0, 1e-9);
}

TEST_F(ScoredPhotographs, people_exchanged_in_one_view_cost_two_of_eight_sightings) {
  detection(3, 0)["person_id"] = 8;
  detection(3, 1)["person_id"] = 7;
  const PhotoPeopleScores people = scores().people;
  EXPECT_EQ(people.identities->accuracy.value(), 6.0 / 8);
  EXPECT_EQ(people.identities->pair_precision.value(), 0.5) << "3 of 6 pairs of each";
  EXPECT_EQ(people.identities->pair_recall.value(), 0.5);
  EXPECT_TRUE(people.identities->swapped);
}

TEST_F(ScoredPhotographs, a_person_who_is_not_found_counts_with_all_joints) {
  result_["detections"].erase(0);
  const PhotoPeopleScores people = scores().people;
  EXPECT_EQ(people.recall.value(), 7.0 / 8);
  EXPECT_EQ(people.precision.value(), 1);
  EXPECT_EQ(people.identities->accuracy.value(), 7.0 / 8);
  EXPECT_EQ(people.identities->accuracy_found.value(), 1);
  EXPECT_EQ(people.pck.value(), 1);
  EXPECT_EQ(people.pck_all.value(), 7.0 / 8);
}

TEST_F(ScoredPhotographs, joints_count_within_a_fifth_of_the_trunk) {
  // Shoulders (5, 6) and hips (11, 12) are 120 pixels apart in height and at most 30 to the side: about 123
  // long.
  for (Json& joint : detection(0, 0)["joints2d"]) joint[0] = joint[0].get<double>() + 24;
  for (Json& joint : detection(0, 1)["joints2d"]) joint[0] = joint[0].get<double>() + 26;
  EXPECT_EQ(scores().people.pck.value(), 7.0 / 8);
}

TEST_F(ScoredPhotographs, a_detection_elsewhere_is_a_false_alarm_and_one_on_the_ignored_is_none) {
  result_["detections"][2]["box"] = {10, 300, 60, 400};
  PhotoPeopleScores people = scores().people;
  EXPECT_EQ(people.false_alarms, 1);
  EXPECT_EQ(people.precision.value(), 8.0 / 9);
  views_[0]["ignore_regions"] = Json::array({{0, 250, 40, 480}});
  EXPECT_EQ(scores().people.false_alarms, 0) << "half of it lies in the region";
  views_[0].erase("ignore_regions");
  views_[0]["complete"] = false;
  EXPECT_EQ(scores().people.false_alarms, 0) << "not everybody is labelled there";
}

TEST_F(ScoredPhotographs, joints_find_a_person_whose_box_is_of_another_size) {
  detection(0, 0)["box"] = {100, 100, 130, 130};
  EXPECT_EQ(scores().people.found, 8);
  detection(0, 0)["joints2d"] = Json::array();
  EXPECT_EQ(scores().people.found, 7);
}

TEST_F(ScoredPhotographs, heights_are_those_of_the_identity_that_most_sightings_have) {
  people_ = {{{"id", "man"}, {"height", 1.8}}, {{"id", "woman"}, {"height", 1.6}}};
  result_["people"] = {{{"id", 7}, {"height", 1.7}, {"joints", Json::array()}},
                       {{"id", 8}, {"height", 1.62}, {"joints", Json::array()}}};
  detection(3, 0)["person_id"] = 8;
  EXPECT_NEAR(*scores().people.height.value(), (0.1 + 0.02) / 2, 1e-12);
}

TEST_F(ScoredPhotographs, bodies_are_projected_by_their_own_camera) {
  // The man's joints in his first picture, put at a depth of 2 m in front of its camera; the woman has no
  // body.
  const Reconstruction seen = result();
  Camera camera = seen.views[0].camera(0);
  Json body = Json::array();
  for (const Eigen::Vector2d& joint : seen.frames[0].detections[0].joints2d) {
    const Eigen::Vector3d X = camera.unproject(joint, 2);
    body.push_back({X.x(), X.y(), X.z()});
  }
  result_["people"] = {{{"id", 7}, {"height", 1.7}, {"joints", body}}};
  for (int v = 1; v < 4; ++v) result_["views"][v]["camera_estimated"] = false;
  EXPECT_EQ(scores().people.pck_bodies.value(), 1.0 / 8) << "in one of eight sightings";
}

TEST_F(ScoredPhotographs, subsets_are_all_choices_of_measured_views) {
  EXPECT_EQ(view_subsets(item(), 2).size(), 6u);
  EXPECT_EQ(view_subsets(item(), 3).size(), 4u);
  EXPECT_EQ(view_subsets(item(), 5).size(), 0u);
  views_[0]["world_from_camera"] = nullptr;
  const auto subsets = view_subsets(item(), 2);
  ASSERT_EQ(subsets.size(), 3u);
  EXPECT_EQ(subsets[0].views[0].name, "1.jpg");
  EXPECT_EQ(subsets[0].views[1].name, "2.jpg");
}

TEST_F(ScoredPhotographs, subsets_are_summed_up_by_their_median_and_by_exchanged_people) {
  turn(3, 12);
  detection(3, 0)["person_id"] = 8;
  detection(3, 1)["person_id"] = 7;
  PhotoSubsets pairs{2, {}};
  for (const LabelledItem& subset : view_subsets(item(), 2))
    pairs.scores.push_back(score_photographs(result(), 0, subset));
  const SubsetSummary summary = summarise(pairs);
  EXPECT_EQ(summary.count, 6);
  EXPECT_NEAR(summary.ae_median, 6, 1e-4) << "three pairs at 0, three at 12 degrees";
  EXPECT_EQ(summary.rra10.value(), 0.5);
  EXPECT_EQ(summary.swapped, 3);
}

TEST_F(ScoredPhotographs, the_report_has_the_rows_of_the_benchmark_s_own) {
  turn(3, 7);
  const std::string text = photo_report_text({{scores()}, {"other"}, {}});
  EXPECT_THAT(text, HasSubstr("room               4/4  3.500  3.500  0.500  1.000  1.000  0.000  0.000  "
                              "1.000  1.700  0.582  0.000\n"));
  EXPECT_THAT(
      text,
      HasSubstr(
          "room                  8    8    0  1.000  1.000  1.000  2/2    1.000  1.000  1.000  1.000\n"));
  EXPECT_THAT(
      text,
      HasSubstr(
          "ALL multi-view: people 8 found 8 false 0 precision 1.000 recall 1.000 F1 1.000 PCK@0.2 1.000 of "
          "found, 1.000 of all (96 joints) identity accuracy 1.000 pair recall 1.000 pair precision "
          "1.000\n"));
  EXPECT_THAT(text, HasSubstr("no result: other\n"));
}

// What the benchmark must not hold, and what the sentence names.
TEST_F(ScoredPhotographs, a_truth_that_is_wrong_is_refused_by_its_place) {
  const testing::TemporaryFolder folder;
  const auto refused = [&](const Json& truth) {
    testing::write_bytes(folder / "truth.json", truth.dump());
    return testing::sentence_of([&] { read_photo_benchmark(folder.path()); });
  };
  const auto with = [&](const std::string& path, Json value) {
    Json truth = {{"multiview", {{{"name", "room"}, {"path", "room"}, {"views", views_}}}}};
    truth[Json::json_pointer(path)] = std::move(value);
    return refused(truth);
  };
  EXPECT_THAT(with("/multiview/0/path", "../else"),
              HasSubstr("multiview[0].path should be a path in the folder"));
  EXPECT_THAT(with("/multiview/0/views/1/name", "0.jpg"), HasSubstr("views[1].name should be another name"));
  EXPECT_THAT(with("/multiview/0/views/1/K/0/0", 0),
              HasSubstr("views[1].K should be a matrix with focal lengths"));
  EXPECT_THAT(with("/multiview/0/views/1/world_from_camera/0/0", 3),
              HasSubstr("should be a rotation and a translation"));
  EXPECT_THAT(with("/multiview/0/views/1/people/0/keypoints", {1, 2}),
              HasSubstr("keypoints should be 17 x 3 numbers"));
  EXPECT_THAT(refused({{"multiview", Json::array()}}), HasSubstr("lists no photographs"));
}

TEST_F(ScoredPhotographs, a_result_that_is_wrong_is_refused_by_its_place) {
  detection(0, 0)["view"] = "somewhere.jpg";
  EXPECT_THAT(testing::sentence_of([&] { result(); }),
              HasSubstr("detections[0].view should be the name of one of the views"));
  detection(0, 0)["view"] = "0.jpg";
  detection(0, 0)["joints2d"] = {{1, 2}};
  EXPECT_THAT(testing::sentence_of([&] { result(); }),
              HasSubstr("detections[0].joints2d should be 24 x 2 numbers"));
}

}  // namespace
}  // namespace ahap

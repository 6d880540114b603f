#include <gmock/gmock.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "reconstruction/export/exporters.h"
#include "tests/fixtures/sample_reconstruction.h"
#include "tests/fixtures/temporary_folder.h"

namespace ahap {
namespace {

using Json = nlohmann::ordered_json;
using ::testing::ElementsAre;
using testing::empty_reconstruction;
using ::testing::HasSubstr;
using testing::read_bytes;
using testing::sample_reconstruction;
using testing::sentence_of;
using testing::TemporaryFolder;

Json written(const Reconstruction& reconstruction) {
  const TemporaryFolder folder;
  write_json(reconstruction, 0, folder / "reconstruction.json");
  return Json::parse(read_bytes(folder / "reconstruction.json"));
}

std::vector<std::string> keys(const Json& object) {
  std::vector<std::string> keys;
  for (const auto& item : object.items()) keys.push_back(item.key());
  return keys;
}

TEST(ReconstructionJson, KeysStandInTheDocumentedOrder) {
  const Json json = written(sample_reconstruction());
  EXPECT_THAT(keys(json), ElementsAre("program", "version", "model", "conventions", "frame", "scale",
                                      "up_source", "primary_keypoint", "views", "people", "detections",
                                      "association", "timings", "messages"));
  EXPECT_THAT(keys(json["views"][0]),
              ElementsAre("name", "path", "width", "height", "camera_estimated", "K", "world_from_camera"));
  EXPECT_THAT(keys(json["people"][0]),
              ElementsAre("id", "color", "height", "reference_view", "triangulated", "triangulation_residual",
                          "betas", "transl", "pose", "joints", "detections"));
  EXPECT_THAT(keys(json["detections"][0]),
              ElementsAre("view", "person_id", "score", "box", "keypoint", "keypoint_depth", "joints2d"));
  EXPECT_THAT(keys(json["association"]), ElementsAre("method", "person_ids", "weight", "runner_up"));
  EXPECT_THAT(keys(json["association"]["runner_up"]), ElementsAre("margin", "person_ids"));
}

TEST(ReconstructionJson, SaysWhatIsLeftOut) {
  Reconstruction r = sample_reconstruction();
  r.frames[0].detections[2].left_out = r.views[1].left_out = true;
  const Json json = written(r);
  EXPECT_EQ(json["detections"][2]["left_out"], true);
  EXPECT_EQ(json["views"][1]["left_out"], true);
  EXPECT_FALSE(json["detections"][3].contains("left_out"));
  EXPECT_FALSE(json["views"][0].contains("left_out"));
}

TEST(ReconstructionJson, TheCamerasCanBeBuiltAgainFromIt) {
  const Reconstruction r = sample_reconstruction();
  const Json json = written(r);
  ASSERT_EQ(json["views"].size(), 5);
  for (std::size_t v = 0; v < 4; ++v) {
    const Json& view = json["views"][v];
    Camera camera;
    for (int i = 0; i < 3; ++i) {
      for (int j = 0; j < 3; ++j) camera.K(i, j) = view["K"][i][j];
    }
    for (int i = 0; i < 4; ++i) {
      for (int j = 0; j < 4; ++j) camera.world_from_camera.matrix()(i, j) = view["world_from_camera"][i][j];
    }
    EXPECT_EQ(camera.K, r.views[v].cameras[0].K);
    EXPECT_EQ(camera.world_from_camera.matrix(), r.views[v].cameras[0].world_from_camera.matrix());
    EXPECT_EQ(view["name"], r.views[v].name);
    EXPECT_EQ(view["path"], r.views[v].path);
    EXPECT_EQ(view["width"], r.views[v].cameras[0].width);
    EXPECT_EQ(view["camera_estimated"], true);
  }
}

TEST(ReconstructionJson, AViewWithoutACameraHasNoPose) {
  const Json view = written(sample_reconstruction())["views"][4];
  EXPECT_EQ(view["camera_estimated"], false);
  EXPECT_TRUE(view["world_from_camera"].is_null());
}

TEST(ReconstructionJson, PeopleCarryTheirSmplParametersAndDetections) {
  const Reconstruction r = sample_reconstruction();
  const Json json = written(r);
  ASSERT_EQ(json["people"].size(), 2);
  const Json& person = json["people"][1];
  EXPECT_EQ(person["id"], 2);
  EXPECT_EQ(person["color"], "#56b4e9");
  EXPECT_EQ(person["height"], r.people[1].height);
  EXPECT_EQ(person["reference_view"], "one.jpg");
  EXPECT_EQ(person["triangulated"], false);
  ASSERT_EQ(person["pose"].size(), 24);
  for (int j = 0; j < 24; ++j) {
    for (int axis = 0; axis < 3; ++axis) {
      EXPECT_EQ(person["pose"][j][axis].get<float>(), r.people[1].bodies[0].pose[j][axis]);
      EXPECT_EQ(person["joints"][j][axis].get<float>(), r.people[1].bodies[0].joints[j][axis]);
    }
  }
  for (int b = 0; b < 10; ++b) EXPECT_EQ(person["betas"][b].get<float>(), r.people[1].betas[b]);
  for (int axis = 0; axis < 3; ++axis)
    EXPECT_EQ(person["transl"][axis].get<float>(), r.people[1].bodies[0].transl[axis]);
  for (const int index : person["detections"]) EXPECT_EQ(json["detections"][index]["person_id"], 2);
}

TEST(ReconstructionJson, ANamedPersonHasItsName) {
  Reconstruction r = sample_reconstruction();
  r.people[1].name = "Anna";
  const Json people = written(r)["people"];
  EXPECT_FALSE(people[0].contains("name"));
  EXPECT_EQ(people[1]["name"], "Anna");
}

TEST(ReconstructionJson, WholeBodiesSayThatTheyAreSmplx) {
  Reconstruction r = sample_reconstruction();
  SmplxPose& smplx = r.people[1].bodies[0].smplx.emplace();
  r.people[1].smplx_betas.assign(11, 0.5f);
  smplx.expression[2] = 0.75f;
  smplx.pose[54] = {0.1f, 0.2f, 0.3f};
  const Json person = written(r)["people"][1];
  EXPECT_EQ(person["body"], "SMPL-X");
  EXPECT_EQ(person["betas"].size(), 11);
  EXPECT_EQ(person["expression"][2].get<float>(), 0.75f);
  ASSERT_EQ(person["pose"].size(), 55);
  EXPECT_EQ(person["pose"][54][2].get<float>(), 0.3f);
  EXPECT_EQ(person["joints"].size(), 24);
}

TEST(ReconstructionJson, DetectionsAreInPixelsOfTheirView) {
  const Reconstruction r = sample_reconstruction();
  const Json json = written(r);
  ASSERT_EQ(json["detections"].size(), 9);
  const Json& detection = json["detections"][6];
  EXPECT_EQ(detection["view"], "two.jpg");
  EXPECT_EQ(detection["score"], r.frames[0].detections[6].score);
  EXPECT_EQ(detection["box"][3], r.frames[0].detections[6].box.y1);
  EXPECT_EQ(detection["keypoint"][1], r.frames[0].detections[6].keypoint.y());
  EXPECT_EQ(detection["keypoint_depth"], r.frames[0].detections[6].keypoint_depth);
  EXPECT_EQ(detection["joints2d"][23][0], r.frames[0].detections[6].joints2d[23].x());
  EXPECT_TRUE(json["detections"][8]["joints2d"].is_array() && json["detections"][8]["joints2d"].empty());
}

TEST(ReconstructionJson, TheAssociationMatrixKeepsItsRowLabels) {
  Reconstruction reconstruction = sample_reconstruction();
  reconstruction.frames[0].runner_up = {.person_ids = {2, 1, 0}, .margin = 12.5};
  const Json association = written(reconstruction)["association"];
  EXPECT_EQ(association["runner_up"]["person_ids"], Json({2, 1, 0}));
  EXPECT_EQ(association["runner_up"]["margin"], 12.5);
  EXPECT_EQ(association["method"], "learned");
  EXPECT_EQ(association["person_ids"], Json({1, 2, 0}));
  ASSERT_EQ(association["weight"].size(), 3);
  ASSERT_EQ(association["weight"][1].size(), 9);
  EXPECT_EQ(association["weight"][1][3], 0.2);
}

TEST(ReconstructionJson, TellsWhatMadeItAndHow) {
  const Json json = written(sample_reconstruction());
  EXPECT_EQ(json["version"], "1.2.3");
  EXPECT_EQ(json["frame"], 0);
  EXPECT_EQ(json["model"], "sample");
  EXPECT_EQ(json["scale"], 1.25);
  EXPECT_EQ(json["up_source"], "people_and_floor");
  EXPECT_EQ(json["timings"][1], Json({{"stage", "people"}, {"seconds", 0.25}}));
  EXPECT_EQ(json["messages"], Json::array({"View four.png has no camera."}));
  EXPECT_EQ(json["conventions"]["joint_names"][15], "head");
}

TEST(ReconstructionJson, ARowOfAMatrixStandsOnOneLine) {
  const TemporaryFolder folder;
  write_json(sample_reconstruction(), 0, folder / "a.json");
  EXPECT_THAT(read_bytes(folder / "a.json"), HasSubstr("\n        [600.0,0.0,300.5],\n"));
}

TEST(ReconstructionJson, AnEmptyReconstructionIsValid) {
  const Json json = written(empty_reconstruction());
  EXPECT_TRUE(json["views"].is_array() && json["views"].empty());
  EXPECT_TRUE(json["people"].is_array() && json["people"].empty());
  EXPECT_TRUE(json["association"]["weight"].is_array());
}

TEST(ReconstructionJson, AFileNameThatIsNotUtf8IsEscaped) {
  Reconstruction r = sample_reconstruction();
  r.views[0].name = "caf\xE9.jpg";
  r.views[0].path = "/photos/caf\xE9.jpg";
  const auto view = written(r)["views"][0];
  EXPECT_EQ(view["name"], "caf\\xe9.jpg");
  EXPECT_EQ(view["path"], "/photos/caf\\xe9.jpg");
}

TEST(ReconstructionJson, NothingThatIsNotANumberReachesTheFile) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto refusal = [](auto damage) {
    const TemporaryFolder folder;
    Reconstruction r = sample_reconstruction();
    damage(r);
    const std::string sentence = sentence_of([&] { write_json(r, 0, folder / "a.json"); });
    EXPECT_EQ(folder.count(), 0);
    return sentence;
  };
  EXPECT_THAT(refusal([&](Reconstruction& r) { r.scale = nan; }),
              HasSubstr("the scale is not a finite number"));
  EXPECT_THAT(refusal([&](Reconstruction& r) { r.people[1].height = nan; }),
              HasSubstr("height of person_02"));
  EXPECT_THAT(refusal([&](Reconstruction& r) { r.people[0].bodies[0].triangulation_residual = nan; }),
              HasSubstr("triangulation residual of person_01"));
  EXPECT_THAT(refusal([&](Reconstruction& r) { r.people[0].bodies[0].pose[7].y() = float(nan); }),
              HasSubstr("pose of person_01"));
  EXPECT_THAT(refusal([&](Reconstruction& r) { r.frames[0].detections[2].joints2d[3].x() = nan; }),
              HasSubstr("joints of a detection in view two.jpg"));
  EXPECT_THAT(refusal([&](Reconstruction& r) { r.frames[0].association.weight[0][0] = float(nan); }),
              HasSubstr("association matrix"));
  EXPECT_THAT(refusal([&](Reconstruction& r) { r.timings[0].seconds = nan; }),
              HasSubstr("stage depth and cameras"));
}

}  // namespace
}  // namespace ahap

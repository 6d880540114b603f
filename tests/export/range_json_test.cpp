#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "reconstruction/export/range_exporters.h"
#include "tests/fixtures/sample_range.h"
#include "tests/fixtures/temporary_folder.h"

namespace ahap {
namespace {

using Json = nlohmann::ordered_json;
using ::testing::ElementsAre;
using testing::read_bytes;
using testing::sample_range;
using testing::TemporaryFolder;

std::string text_of(const Reconstruction& range) {
  const TemporaryFolder folder;
  write_range_json(range, folder / "reconstruction.json");
  return read_bytes(folder / "reconstruction.json");
}

std::vector<std::string> keys(const Json& object) {
  std::vector<std::string> keys;
  for (const auto& item : object.items()) keys.push_back(item.key());
  return keys;
}

TEST(RangeJson, TellsByHowMuchCamerasBeganApartAndHowThatIsKnown) {
  const Json json = Json::parse(text_of(sample_range()));
  const Json& offset = json["views"][1]["time_offset"];
  EXPECT_THAT(keys(offset), ElementsAre("source", "seconds", "frames", "drift", "sigma"));
  EXPECT_EQ(offset["source"], "motion");
  EXPECT_EQ(offset["seconds"], 0.5);
  EXPECT_NEAR(offset["frames"], 12.5, 1e-9);
  EXPECT_EQ(offset["drift"], 1e-4);
  EXPECT_EQ(offset["sigma"], 0.004);
  EXPECT_EQ(json["views"][0]["time_offset"]["source"], "none");
  EXPECT_TRUE(json["views"][0]["time_offset"]["seconds"].is_null()) << "it is not known";
}

TEST(RangeJson, HoldsTheRangeUnderTheNamesOfOneFrame) {
  Reconstruction r = sample_range();
  r.people[1].name = "Zo\u00eb \"2\",\n\\";
  const Json json = Json::parse(text_of(r));
  EXPECT_THAT(keys(json), ElementsAre("program", "version", "model", "conventions", "frame_rate", "scale",
                                      "up_source", "primary_keypoint", "views", "people", "frames",
                                      "association", "timings", "messages"));
  EXPECT_NEAR(json["frame_rate"], 25, 1e-9);
  EXPECT_EQ(json["conventions"]["joint_names"].size(), 24);

  EXPECT_THAT(keys(json["views"][0]), ElementsAre("name", "path", "width", "height", "camera_estimated", "K",
                                                  "world_from_camera", "time_offset"));
  const Json& moving = json["views"][1];
  EXPECT_THAT(keys(moving),
              ElementsAre("name", "path", "width", "height", "camera_estimated", "time_offset", "cameras"));
  ASSERT_EQ(moving["cameras"].size(), 8);
  EXPECT_EQ(moving["cameras"][3]["frame"], 103);
  for (int axis = 0; axis < 3; ++axis)
    EXPECT_EQ(moving["cameras"][3]["world_from_camera"][axis][3], r.views[1].camera(3).center()[axis]);
  EXPECT_TRUE(json["views"][2]["world_from_camera"].is_null());

  ASSERT_EQ(json["frames"].size(), 8);
  EXPECT_EQ(json["frames"][5]["frame"], 105);
  EXPECT_EQ(json["frames"][5]["time"], r.frames[5].time);
  EXPECT_EQ(json["frames"][5]["detections"].size(), 2);
  EXPECT_EQ(json["frames"][5]["detections"][1]["view"], "left cam.mp4");

  EXPECT_THAT(keys(json["people"][0]),
              ElementsAre("id", "color", "height", "gender", "betas", "gaps", "bodies"));
  EXPECT_EQ(json["people"][1]["name"], r.people[1].name);
  const Json& body = json["people"][0]["bodies"][2];
  EXPECT_THAT(keys(body),
              ElementsAre("frame", "filled", "reference_view", "triangulated", "triangulation_residual",
                          "position_sigma", "foot_contact", "transl", "pose", "joints", "detections"));
  const BodyInFrame& expected = r.people[0].bodies[2];
  EXPECT_EQ(body["frame"], 103);
  EXPECT_EQ(body["foot_contact"], Json({false, false}));
  EXPECT_EQ(body["position_sigma"], 0.012);
  for (int axis = 0; axis < 3; ++axis) {
    EXPECT_EQ(body["transl"][axis].get<float>(), expected.transl[axis]);
    EXPECT_EQ(body["pose"][16][axis].get<float>(), expected.pose[16][axis]);
    EXPECT_EQ(body["joints"][16][axis].get<float>(), expected.joints[16][axis]);
  }
}

TEST(RangeJson, TellsGapsAndFilledBodies) {
  const Json people = Json::parse(text_of(sample_range()))["people"];
  EXPECT_EQ(people[0]["gaps"], Json::parse("[[102, 102]]"));
  EXPECT_EQ(people[1]["gaps"], Json::array());
  std::vector<int> filled;
  for (const Json& body : people[0]["bodies"])
    if (body["filled"]) filled.push_back(body["frame"]);
  EXPECT_THAT(filled, ElementsAre(104));
}

TEST(RangeJson, ABodyStandsOnOneLine) {
  EXPECT_THAT(text_of(sample_range()), ::testing::ContainsRegex("\n +\\{\"frame\":103,\"filled\".*\\},?\n"));
}

TEST(RangeJson, NobodyInItIsValid) {
  Reconstruction r = sample_range();
  r.people.clear();
  EXPECT_EQ(Json::parse(text_of(r))["people"], Json::array());
}

}  // namespace
}  // namespace ahap

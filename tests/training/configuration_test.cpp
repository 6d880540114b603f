#include "reconstruction/training/configuration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "reconstruction/formats/settings.h"
#include "tests/fixtures/temporary_folder.h"

namespace ahap {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::sentence_of;
using testing::TemporaryFolder;
using testing::write_bytes;

class TrainingConfigurationFile : public ::testing::Test {
 protected:
  TrainingConfiguration read(const std::string& text) {
    write_bytes(folder / "recipe.json", text);
    return read_training_configuration(folder / "recipe.json");
  }
  std::string refusal(const std::string& text) {
    return sentence_of([&] { read(text); });
  }
  TemporaryFolder folder;
};

TEST_F(TrainingConfigurationFile, KeepsTheDefaultsOfWhatItLeavesOut) {
  const auto configuration = read(R"({"heads": {"learning_rate": 0.25, "losses": {"contrastive": 0}}})");
  EXPECT_EQ(configuration.heads.trainer.learning_rate, 0.25);
  EXPECT_EQ(configuration.heads.stage.weights.contrastive, 0);
  EXPECT_EQ(configuration.heads.stage.weights.assign, HeadLossWeights{}.assign);
  EXPECT_EQ(settings_json(configuration.dense), settings_json(TrainingConfiguration().dense));
}

TEST_F(TrainingConfigurationFile, AnUnknownKeyIsNamedWithItsFileAndTheKeysThereAre) {
  EXPECT_THAT(
      refusal(R"({"heads": {"losses": {"contrastiv": 0}}})"),
      AllOf(HasSubstr("recipe.json"), HasSubstr("heads.losses.contrastiv"), HasSubstr("contrastive")));
  EXPECT_THAT(refusal(R"({"dens": {}})"),
              AllOf(HasSubstr("\"dens\""), HasSubstr("networks, dense, instance, heads")));
}

TEST_F(TrainingConfigurationFile, AWrongTypeIsNamedWithWhatIsWanted) {
  EXPECT_THAT(refusal(R"({"dense": {"steps": "many"}})"),
              AllOf(HasSubstr("dense.steps"), HasSubstr("whole number"), HasSubstr("\"many\"")));
  EXPECT_THAT(refusal(R"({"dense": {"steps": 1.5}})"), HasSubstr("whole number"));
  EXPECT_THAT(refusal(R"({"dense": {"world": [1, 2]}})"),
              AllOf(HasSubstr("dense.world"), HasSubstr("object")));
  EXPECT_THAT(refusal(R"({"dense": {"world": {"vary_aspect": 1}}})"),
              AllOf(HasSubstr("dense.world.vary_aspect"), HasSubstr("true or false")));
  EXPECT_THAT(refusal(R"({"dense": {"precision": "f16"}})"),
              AllOf(HasSubstr("dense.precision"), HasSubstr("bf16")));
  EXPECT_THAT(refusal("[]"), HasSubstr("object"));
}

TEST_F(TrainingConfigurationFile, WhatMakesNoSenseIsRefused) {
  EXPECT_THAT(refusal(R"({"heads": {"losses": {"assign": -1}}})"),
              AllOf(HasSubstr("heads.losses.assign"), HasSubstr("-1")));
  EXPECT_THAT(refusal(R"({"heads": {"world": {"views": [4, 2]}}})"), HasSubstr("larger number first"));
  EXPECT_THAT(refusal(R"({"heads": {"world": {"views": [0, 2]}}})"), HasSubstr("heads.world.views"));
  EXPECT_THAT(refusal(R"({"heads": )"), AllOf(HasSubstr("recipe.json"), HasSubstr("JSON")));
  EXPECT_THAT(refusal(R"({"heads": 1e999})"), AllOf(HasSubstr("recipe.json"), HasSubstr("too large")));
  EXPECT_THAT(sentence_of([] { read_training_configuration("/nowhere/recipe.json"); }),
              HasSubstr("/nowhere/recipe.json"));
}

TEST_F(TrainingConfigurationFile, SizesOfTheHeadsFollowThoseOfTheBackbones) {
  const auto model =
      read(
          R"({"networks": {"scene": {"widths": [12, 24, 48, 96], "feature_dim": 32}, "instance": {"feature_dim": 256}}})")
          .networks;
  EXPECT_EQ(model.scene.widths, (std::vector<int>{12, 24, 48, 96}));
  EXPECT_EQ(model.association.scene_dim, 32);
  EXPECT_EQ(model.head.scene_dim, 32);
  EXPECT_EQ(model.association.human_dim, model.head.detection_dim);
  EXPECT_EQ(CompactModelConfig().association.human_dim - model.association.human_dim, 256);
}

TEST_F(TrainingConfigurationFile, SizesThatFitNoNetworkAreRefused) {
  EXPECT_THAT(refusal(R"({"networks": {"scene": {"widths": [1, 2, 3]}}})"),
              AllOf(HasSubstr("networks.scene.widths"), HasSubstr("4 numbers")));
  EXPECT_THAT(refusal(R"({"networks": {"instance": {"widths": [1, 2, 3, 0]}}})"),
              HasSubstr("networks.instance.widths"));
  EXPECT_THAT(refusal(R"({"networks": {"scene": {"heads": 5}}})"),
              AllOf(HasSubstr("networks.scene.heads"), HasSubstr("192")));
}

TEST(TheShippedRecipe, SaysEverySetting) {
  const auto file = std::filesystem::path(AHAP_ASSET_DIR) / "training/compact.json";
  auto text = nlohmann::ordered_json::parse(testing::read_bytes(file));
  for (const char* stage : {"dense", "instance", "heads"})
    text[stage]["precision"] = cpu_multiplies_bf16() ? "bf16" : "f32";  // what "auto" means here
  const auto read = read_training_configuration(file);
  EXPECT_EQ(nlohmann::json(text["dense"]), nlohmann::json(settings_json(read.dense)));
  EXPECT_EQ(nlohmann::json(text["instance"]), nlohmann::json(settings_json(read.instance)));
  EXPECT_EQ(nlohmann::json(text["heads"]), nlohmann::json(settings_json(read.heads)));
  EXPECT_EQ(nlohmann::json(text["networks"]), nlohmann::json(settings_json(read.networks)));
}

TEST(TheShippedRecipe, OfFullModelsHasTheWeightsOfThePaper) {
  const auto read = read_training_configuration(std::filesystem::path(AHAP_ASSET_DIR) / "training/full.json");
  EXPECT_EQ(read.heads.stage.weights.joints3d, 100);
  EXPECT_EQ(read.heads.stage.weights.vertices3d, 100);
  EXPECT_EQ(read.heads.stage.weights.rotations, 0.1);
  EXPECT_EQ(read.heads.stage.weights.cross_joints3d, 10);
  EXPECT_GT(read.heads.stage.pseudo_views.steps, 0);
}

TEST(Settings, TheFirstDifferenceIsNamedByItsPath) {
  const auto a =
      nlohmann::ordered_json::parse(R"({"stage": "heads", "heads": {"steps": 10, "losses": {"betas": 1}}})");
  auto b = a;
  EXPECT_EQ(first_difference(a, b), "");
  b["heads"]["losses"]["betas"] = 2;
  EXPECT_EQ(first_difference(a, b), "heads.losses.betas");
  b = a;
  b["heads"]["more"] = 1;
  EXPECT_EQ(first_difference(a, b), "heads.more");
}

}  // namespace
}  // namespace ahap

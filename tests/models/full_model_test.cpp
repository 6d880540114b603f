#include <gmock/gmock.h>

#include "reconstruction/models/full_model.h"
#include "reconstruction/models/model.h"
#include "reconstruction/reconstruct.h"
#include "reconstruction/training/recipes.h"
#include "tests/fixtures/seeded_weights.h"
#include "tests/fixtures/small_mast3r.h"
#include "tests/fixtures/small_pi3.h"
#include "tests/fixtures/smplx_body.h"
#include "tests/fixtures/temporary_folder.h"

namespace ahap {
namespace {

using namespace testing;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;

class FullModel : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new TemporaryFolder;
    const std::filesystem::path data = AHAP_TEST_DATA;
    save_safetensors(seeded_checkpoint(data / "da3/small.keys.txt").tensors, {},
                     *folder_ / "scene.safetensors");
    save_safetensors(seeded_checkpoint(data / "multi_hmr/672_S.keys.txt").tensors, {},
                     *folder_ / "human.safetensors");
  }
  static void TearDownTestSuite() { delete folder_; }

  static void describe_as(const std::string& scene, const std::string& human, const std::string& more = "") {
    write_bytes(*folder_ / "model.json", R"({"name": "mine", "kind": "full", "files": {"scene": ")" + scene +
                                             R"(", "human": ")" + human + "\"}" + more + "}");
  }
  static std::string failure() {
    return sentence_of([] { load_model({folder_->path().string(), Device::cpu}); });
  }

  static TemporaryFolder* folder_;
};
TemporaryFolder* FullModel::folder_ = nullptr;

TEST_F(FullModel, RunsPicturesToTheEndWithWeightsThatMeanNothing) {
  describe_as("scene.safetensors", "human.safetensors", R"(, "networks": {"scene": {"size": "Small"}})");
  const auto model = load_model({folder_->path().string(), Device::cpu, Precision::f32});
  EXPECT_EQ(model->primary_keypoint, "head");
  EXPECT_EQ(model->scene->input_size(), 518);
  EXPECT_EQ(model->human->input_size(), 672);
  std::vector<View> views(1);
  for (std::size_t v = 0; v < views.size(); ++v) {
    views[v].name = "cam" + std::to_string(v);
    views[v].image = Image(80, 60);
    for (std::size_t i = 0; i < views[v].image.rgb.size(); ++i)
      views[v].image.rgb[i] = std::uint8_t(i * (7 + v) % 251);
  }
  Options options;
  options.max_points = 2000;
  options.detection_threshold = 0.8;
  const auto result = reconstruct(views, *model, options);
  EXPECT_EQ(result->views.size(), 1u);
  EXPECT_EQ(result->association_method, "geometric");
  EXPECT_THAT(result->messages, Contains(HasSubstr("no AHAP heads")));
}

TEST_F(FullModel, Pi3AndPi3xAreSceneNetworks) {
  for (const bool x : {false, true}) {
    save_safetensors(small_pi3_checkpoint(x).tensors, {}, *folder_ / "pi3.safetensors");
    describe_as("pi3.safetensors", "human.safetensors");
    const auto model = load_model({folder_->path().string(), Device::cpu, Precision::f32});
    EXPECT_EQ(model->scene->input_size(), 518);
    EXPECT_TRUE(model->scene->relates_cameras());
    const auto images = plain_formula_images(2, 42, 42);
    const Pi3Output expected = small_pi3(x)->forward({.images = images});
    const SceneEstimate scene = model->scene->estimate(images, {});
    EXPECT_LT(relative_l2(scene.depth, expected.local_points.select(-1, 2)), 1e-5);
    EXPECT_EQ(scene.metric, x);
  }
}

TEST_F(FullModel, Mast3rWithDuneMayHaveItsEncoderInAFileOfItsOwn) {
  auto decoder = small_mast3r_checkpoint().tensors;
  std::erase_if(decoder, [](const auto& item) { return item.first.starts_with("dune_backbone"); });
  save_safetensors(decoder, {}, *folder_ / "mast3r.safetensors");
  describe_as("mast3r.safetensors", "human.safetensors");
  EXPECT_THAT(failure(), HasSubstr("without the encoder"));
  save_safetensors(small_dune_checkpoint().tensors, {}, *folder_ / "dune.safetensors");
  write_bytes(*folder_ / "model.json",
              R"({"name": "mine", "kind": "full", "files": {"scene": "mast3r.safetensors",
                  "dune": "dune.safetensors", "human": "human.safetensors"}})");
  const auto model = load_model({folder_->path().string(), Device::cpu, Precision::f32});
  EXPECT_TRUE(model->scene->relates_cameras());
  Mast3r network = load_mast3r(small_mast3r_checkpoint());
  const auto image = 0.1 + 0.8 * plain_formula_images(1, 42, 42);
  const Mast3rFeatures expected = network->encode(2 * image - 1);
  EXPECT_LT(relative_l2(model->scene->estimate(image, {}).features[0].flatten(1).t(), expected.tokens[0]),
            1e-5);
}

TEST_F(FullModel, PeopleAreSmplxBodiesWhereThereIsAFileOfThem) {
  save_smplx_model(seeded_smplx(60, 10, 10), *folder_ / "smplx.npz");
  write_bytes(*folder_ / "model.json",
              R"({"name": "mine", "kind": "full",
                  "files": {"scene": "scene.safetensors", "human": "human.safetensors", "smplx": "smplx.npz"}})");
  const auto model = load_model({folder_->path().string(), Device::cpu, Precision::f32});
  EXPECT_EQ(model->body->num_joints(), kSmplxJoints);
  std::vector<View> views(1);
  views[0].name = "cam0";
  views[0].image = Image(80, 60);
  for (std::size_t i = 0; i < views[0].image.rgb.size(); ++i)
    views[0].image.rgb[i] = std::uint8_t(i * 7 % 251);
  Options options;
  options.max_points = 2000;
  options.detection_threshold = 0;  // the highest peaks, whatever they are
  options.refine = true;
  const auto result = reconstruct(views, *model, options);
  ASSERT_FALSE(result->people.empty());
  for (const Person& person : result->people) {
    ASSERT_TRUE(person.bodies[0].smplx);
    EXPECT_EQ(person.bodies[0].mesh.positions.size(), 60u);
  }
}

TEST_F(FullModel, HeadsTrainedOnItsNetworksAreTaken) {
  AssociationConfig association;
  association.human_dim = 384;
  association.scene_dim = 768;
  HumanHeadConfig head;
  head.human_dim = head.detection_dim = 384;
  head.scene_dim = 768;
  std::map<std::string, torch::Tensor> tensors;
  for (const auto& item : AhapHeads(association, head)->named_parameters())
    tensors[item.key()] = item.value();
  save_safetensors(tensors, {}, *folder_ / "ahap.safetensors");
  const std::string files =
      R"({"name": "mine", "kind": "full",
          "files": {"scene": "scene.safetensors", "human": "human.safetensors", "ahap": "ahap.safetensors"}})";
  write_bytes(*folder_ / "model.json", files);
  EXPECT_TRUE(load_model({folder_->path().string(), Device::cpu})->heads);

  tensors["fusion.mlp.fc1.weight"] = torch::zeros({1024, 4096});
  save_safetensors(tensors, {}, *folder_ / "ahap.safetensors");
  EXPECT_THAT(failure(),
              AllOf(HasSubstr("ahap.safetensors: tensor fusion.mlp.fc1.weight"), HasSubstr("(1024, 1152)")));
}

TEST_F(FullModel, HeadsAreTrainedOnItsFrozenNetworksAndBecomeAModel) {
  describe_as("scene.safetensors", "human.safetensors");
  TrainingRecipe recipe;
  recipe.stage = StageName::heads;
  recipe.backbones = folder_->path();
  recipe.directory = *folder_ / "run";
  auto& [trainer, stage] = recipe.configuration.heads;
  trainer.steps = trainer.checkpoint_every = 1;
  stage.pool = stage.captures_per_step = stage.validation_captures = 1;
  stage.world.min_views = stage.world.max_views = 1;
  stage.world.width = stage.world.height = 128;
  stage.bf16 = false;
  stage.detection_threshold = 0;  // the highest peaks, whatever they are
  run_recipe(recipe, {});
  package_model({.model = CompactModelConfig(),
                 .start = folder_->path(),
                 .dense_checkpoint = {},
                 .instance_checkpoint = {},
                 .heads_checkpoint = *folder_ / "run/checkpoint.safetensors",
                 .directory = *folder_ / "trained"});
  const auto model = load_model({(*folder_ / "trained").string(), Device::cpu, Precision::f32});
  ASSERT_TRUE(model->heads);
  AhapHeads trained = make_heads(read_model_description(folder_->path()));
  load_averaged(*trained, *folder_ / "run/checkpoint.safetensors");
  const auto expected = trained->named_parameters();
  for (const auto& item : model->heads->named_parameters())
    EXPECT_TRUE(torch::allclose(item.value(), expected[item.key()], 1e-3, 1e-3)) << item.key();

  recipe.stage = StageName::dense;
  EXPECT_THAT(sentence_of([&] { run_recipe(recipe, {}); }), HasSubstr("Only the heads"));
  recipe.stage = StageName::heads;
  recipe.backbones = std::filesystem::path(AHAP_ASSET_DIR) / "models/compact";
  EXPECT_THAT(sentence_of([&] { run_recipe(recipe, {}); }), HasSubstr("of kind \"compact\""));
}

TEST_F(FullModel, WhatIsMissingOrWrongIsNamed) {
  describe_as("scene.safetensors", "people.pt");
  EXPECT_THAT(failure(), AllOf(HasSubstr("people.pt is missing"), HasSubstr("ahap models")));
  describe_as("human.safetensors", "human.safetensors");
  EXPECT_THAT(failure(), HasSubstr("human.safetensors holds Multi-HMR, not Depth Anything 3 (any-view)"));
  describe_as("scene.safetensors", "scene.safetensors");
  EXPECT_THAT(failure(), HasSubstr("scene.safetensors holds Depth Anything 3 (any-view), not Multi-HMR"));
  describe_as("scene.safetensors", "human.safetensors", R"(, "networks": {"scene": {"size": "Giant"}})");
  EXPECT_THAT(failure(),
              HasSubstr("scene.safetensors holds the weights of Depth Anything 3 Small, but its model.json "
                        "says Giant"));
  save_safetensors(small_pi3_checkpoint(true).tensors, {}, *folder_ / "pi3x.safetensors");
  describe_as("pi3x.safetensors", "human.safetensors", R"(, "networks": {"scene": {"size": "Giant"}})");
  EXPECT_THAT(failure(), HasSubstr("holds the weights of Pi3X, but its model.json says Giant"));
  describe_as("scene.safetensors", "human.safetensors", R"(, "networks": {"human": {"size": "L"}})");
  EXPECT_THAT(failure(), HasSubstr("Multi-HMR S, but its model.json says L"));
  describe_as("scene.safetensors", "human.safetensors", R"(, "networks": [])");
  EXPECT_THAT(failure(), HasSubstr("model.json cannot be understood"));
}

}  // namespace
}  // namespace ahap

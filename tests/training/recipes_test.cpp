#include "reconstruction/training/recipes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reconstruction/branches/compact/compact_human.h"
#include "reconstruction/checkpoints/checkpoint.h"
#include "tests/fixtures/fake_device.h"
#include "tests/fixtures/temporary_folder.h"

namespace ahap {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::sentence_of;
using testing::TemporaryFolder;

// Networks so small, and worlds so simple, that a step takes milliseconds.
CompactModelConfig tiny_model() {
  CompactModelConfig model;
  model.scene.input_size = 64;
  model.scene.widths = {8, 8, 16, 16};
  model.scene.transformer_layers = 1;
  model.scene.heads = 2;
  model.scene.feature_dim = 16;
  model.scene.head_dim = 16;
  model.instance.picture_size = 128;
  model.instance.widths = {8, 8, 16, 16};
  model.instance.feature_dim = 16;
  const int detection_dim = model.instance.feature_dim + kAppearanceDim;
  model.association.human_dim = detection_dim;
  model.association.scene_dim = model.scene.feature_dim;
  model.association.dim = 16;
  model.association.heads = 2;
  model.association.embedding_dim = 8;
  model.head.human_dim = model.scene.head_dim;
  model.head.detection_dim = detection_dim;
  model.head.scene_dim = model.scene.feature_dim;
  model.head.projected_scene_dim = 8;
  model.head.person_dim = model.association.dim;
  model.head.dim = 16;
  model.head.heads = 2;
  model.head.layers = 1;
  return model;
}

class Recipes : public ::testing::Test {
 protected:
  static constexpr int kSteps = 6;

  TrainingRecipe recipe(StageName stage, const std::string& name) {
    TrainingRecipe result;
    result.stage = stage;
    result.model = tiny_model();
    result.directory = folder / name;
    result.configuration = TrainingConfiguration(/*bf16=*/false);  // the same numbers on every processor
    const auto shorten = [](auto& section) {
      section.trainer.steps = kSteps;
      section.trainer.log_every = section.trainer.checkpoint_every = 2;
      section.stage.captures_per_step = 2;
      section.stage.validation_captures = 1;
      section.stage.world.width = section.stage.world.height = 96;
      section.stage.world.max_people = 2;
      section.stage.world.max_views = 2;
    };
    shorten(result.configuration.dense);
    shorten(result.configuration.instance);
    shorten(result.configuration.heads);
    // Untrained detectors see people everywhere: the loss is about them, right or wrong.
    result.configuration.heads.stage.detection_threshold = 0.001;
    result.configuration.heads.stage.pool = 5;
    result.configuration.heads.stage.captures_per_step = 5;
    return result;
  }
  TrainingRecipe with_frozen(TrainingRecipe recipe) {
    recipe.dense_checkpoint = folder / "dense/checkpoint.safetensors";
    recipe.instance_checkpoint = folder / "instance/checkpoint.safetensors";
    return recipe;
  }
  // All tensors of the module and of its average.
  std::vector<torch::Tensor> weights(const std::filesystem::path& run, torch::nn::Module& module) {
    load_into(module, read_safetensors(run / "checkpoint.safetensors"),
              {.prefix = "module.", .allow_unknown = true});
    std::vector<torch::Tensor> all;
    for (const auto& p : module.parameters()) all.push_back(p.detach().clone());
    load_averaged(module, run / "checkpoint.safetensors");
    for (const auto& p : module.parameters()) all.push_back(p.detach().clone());
    return all;
  }
  // Stopped after three steps, then continued from its checkpoint.
  void run_with_interruption(const TrainingRecipe& recipe) {
    int step = 0;
    Progress stop;
    stop.report = [&](const std::string& stage, double) { step += stage == "training"; };
    stop.stop_requested = [&] { return step == 3; };
    EXPECT_THROW(run_recipe(recipe, stop), Cancelled);
    run_recipe(recipe, {});
  }
  void expect_exact_resume(TrainingRecipe whole, torch::nn::Module& module) {
    run_recipe(whole, {});
    TrainingRecipe interrupted = whole;
    interrupted.directory += "_interrupted";
    run_with_interruption(interrupted);
    const auto a = weights(whole.directory, module), b = weights(interrupted.directory, module);
    double moved = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
      EXPECT_TRUE(torch::equal(a[i], b[i])) << "tensor " << i;
      moved += (a[i] - a[(i + a.size() / 2) % a.size()]).abs().sum().item<double>();
    }
    EXPECT_GT(moved, 0) << "nothing was learned";
  }
  TemporaryFolder folder;
};

TEST_F(Recipes, EveryStageEndsWhereItWouldHaveWithoutAnInterruption) {
  const CompactModelConfig model = tiny_model();
  DenseNetworks dense(model.scene);
  expect_exact_resume(recipe(StageName::dense, "dense"), *dense);
  InstanceNetwork instance(model.instance);
  expect_exact_resume(recipe(StageName::instance, "instance"), *instance);
  AhapHeads heads(model.association, model.head);
  auto of_heads = with_frozen(recipe(StageName::heads, "heads"));
  of_heads.configuration.heads.stage.pseudo_views.steps =
      2;  // the interruption comes after the passage to real views
  of_heads.configuration.heads.stage.weights.vertices3d =
      of_heads.configuration.heads.stage.weights.vertices2d = 1;
  expect_exact_resume(of_heads, *heads);
}

TEST_F(Recipes, HowManyThreadsRenderChangesNothing) {
  const CompactModelConfig model = tiny_model();
  const auto expect_same = [&](TrainingRecipe alone, torch::nn::Module& module) {
    run_recipe(alone, {});
    TrainingRecipe ahead = alone;
    ahead.directory += "_ahead";
    ahead.render_threads = 3;
    run_recipe(ahead, {});
    const auto a = weights(alone.directory, module), b = weights(ahead.directory, module);
    for (std::size_t i = 0; i < a.size(); ++i) EXPECT_TRUE(torch::equal(a[i], b[i])) << "tensor " << i;
  };
  DenseNetworks dense(model.scene);
  expect_same(recipe(StageName::dense, "dense"), *dense);
  InstanceNetwork instance(model.instance);
  expect_same(recipe(StageName::instance, "instance"), *instance);
  AhapHeads heads(model.association, model.head);
  auto of_heads = with_frozen(recipe(StageName::heads, "heads"));
  of_heads.configuration.heads.stage.pseudo_views.steps = 2;
  expect_same(of_heads, *heads);
}

// On a device whose arithmetic is the CPU's, so that the weights must be those of the CPU.
TEST_F(Recipes, EveryStageTrainsOnTheDeviceItIsGiven) {
  if (!testing::kHasPretendDevice) GTEST_SKIP() << "the pretend device needs LibTorch 1.13";
  const CompactModelConfig model = tiny_model();
  const auto expect_same = [&](TrainingRecipe on_cpu, torch::nn::Module& module) {
    run_recipe(on_cpu, {});
    TrainingRecipe on_device = on_cpu;
    on_device.directory += "_device";
    on_device.device = testing::fake_device();
    run_with_interruption(on_device);
    const auto a = weights(on_cpu.directory, module), b = weights(on_device.directory, module);
    for (std::size_t i = 0; i < a.size(); ++i)
      EXPECT_TRUE(torch::allclose(a[i], b[i], 1e-3, 1e-5)) << "tensor " << i;
  };
  DenseNetworks dense(model.scene);
  expect_same(recipe(StageName::dense, "dense"), *dense);
  InstanceNetwork instance(model.instance);
  expect_same(recipe(StageName::instance, "instance"), *instance);
  auto on_detections = recipe(StageName::instance, "instance_on_detections");
  on_detections.dense_checkpoint = folder / "dense/checkpoint.safetensors";
  expect_same(on_detections, *instance);
  AhapHeads heads(model.association, model.head);
  auto of_heads = with_frozen(recipe(StageName::heads, "heads"));
  of_heads.configuration.heads.stage.weights.vertices3d =
      of_heads.configuration.heads.stage.weights.vertices2d = 1;
  expect_same(of_heads, *heads);
}

TEST_F(Recipes, EveryStageTrainsOnCuda) {
  if (!torch::cuda::is_available()) GTEST_SKIP() << "no CUDA device";
  for (const auto& [stage, name] :
       {std::pair(StageName::dense, "dense"), {StageName::instance, "instance"}}) {
    auto on_cuda = recipe(stage, name);
    on_cuda.device = torch::kCUDA;
    on_cuda.render_threads = 2;
    EXPECT_NO_THROW(run_recipe(on_cuda, {}));
  }
  auto heads = with_frozen(recipe(StageName::heads, "heads"));
  heads.device = torch::kCUDA;
  EXPECT_NO_THROW(run_recipe(heads, {}));
}

TEST_F(Recipes, AnotherConfigurationOrOtherFrozenWeightsAreNamed) {
  run_recipe(recipe(StageName::dense, "dense"), {});
  auto other = recipe(StageName::dense, "dense");
  other.configuration.dense.stage.weights.mask = 4;
  EXPECT_THAT(sentence_of([&] { run_recipe(other, {}); }), HasSubstr("dense.losses.mask"));

  run_recipe(recipe(StageName::instance, "instance"), {});
  auto on_detections = recipe(StageName::instance, "instance");
  on_detections.dense_checkpoint = folder / "dense/checkpoint.safetensors";
  EXPECT_THAT(sentence_of([&] { run_recipe(on_detections, {}); }), HasSubstr("frozen weights.dense"));
}

TEST(CompactScene, LayersStartAsTheIdentity) {
  CompactSceneConfig shallow = tiny_model().scene, deep = shallow;
  deep.transformer_layers += 2;
  CompactScene a(shallow), b(deep);
  torch::NoGradGuard no_grad;
  const auto same = a->named_parameters();
  for (auto& item : b->named_parameters()) {
    if (const auto* value = same.find(item.key())) item.value().copy_(*value);
  }
  const auto images = torch::rand({1, 3, 64, 64});
  EXPECT_TRUE(torch::equal(a(images).features, b(images).features));
}

TEST_F(Recipes, ADeeperTrunkStartsFromTheWeightsOfAShallowerOne) {
  CompactNetworks start(tiny_model());
  save_compact_model(start, folder / "start");
  auto deeper = recipe(StageName::dense, "deeper");
  deeper.model.scene.transformer_layers += 1;
  deeper.initial_weights = folder / "start";
  EXPECT_NO_THROW(run_recipe(deeper, {}));
  auto wider = recipe(StageName::dense, "wider");
  wider.model.scene.head_dim += 8;
  wider.initial_weights = folder / "start";
  EXPECT_THAT(sentence_of([&] { run_recipe(wider, {}); }), HasSubstr("other sizes"));
}

TEST_F(Recipes, ADifferentNumberOfValidationsIsTheSameRun) {
  run_recipe(recipe(StageName::dense, "dense"), {});
  auto again = recipe(StageName::dense, "dense");
  again.configuration.dense.trainer.validate_every = 2;
  EXPECT_NO_THROW(run_recipe(again, {}));
}

TEST_F(Recipes, ALossOfWeightZeroTeachesNothing) {
  auto only_mask = recipe(StageName::dense, "dense");
  only_mask.configuration.dense.stage.weights = {.heat = 0,
                                                 .mask = 1,
                                                 .vote = 0,
                                                 .range = 0,
                                                 .depth = 0,
                                                 .depth_error = 0,
                                                 .height = 0,
                                                 .up = 0,
                                                 .latitude = 0};
  only_mask.configuration.dense.trainer.weight_decay = 0;
  torch::manual_seed(only_mask.configuration.dense.trainer.seed);
  DenseNetworks before(only_mask.model.scene), after(only_mask.model.scene);
  run_recipe(only_mask, {});
  load_averaged(*after, only_mask.directory / "checkpoint.safetensors");
  int moved = 0, kept = 0;
  const auto start = before->named_parameters();
  for (const auto& item : after->named_parameters()) {
    (torch::equal(item.value(), start[item.key()]) ? kept : moved) += 1;
  }
  EXPECT_GT(moved, 0);
  EXPECT_GT(kept, 0);  // the heads of the other losses
}

TEST(PseudoViews, AreOneCameraAndPeopleWhoMoveOn) {
  WorldOptions world;
  world.min_people = 3;
  world.max_people = 4;
  world.width = world.height = 64;
  const auto captures = pseudo_views(5, 4, 0.5, world, 1);
  ASSERT_EQ(captures.size(), 4u);
  double moved = 0;
  for (const RenderedCapture& capture : captures) {
    ASSERT_EQ(capture.views.size(), 1u);
    ASSERT_EQ(capture.people.size(), captures[0].people.size());
    EXPECT_TRUE(
        capture.views[0].camera.world_from_camera.isApprox(captures[0].views[0].camera.world_from_camera));
    for (std::size_t p = 0; p < capture.people.size(); ++p) {
      EXPECT_EQ(capture.people[p].smpl.betas, captures[0].people[p].smpl.betas);
      moved += (capture.people[p].joints[20] - captures[0].people[p].joints[20]).norm();
    }
  }
  EXPECT_GT(moved, 0.01);
}

TEST_F(Recipes, AModelIsPackagedFromAllThreeStages) {
  for (const auto& [stage, name] :
       {std::pair(StageName::dense, "dense"), {StageName::instance, "instance"}}) {
    run_recipe(recipe(stage, name), {});
  }
  run_recipe(with_frozen(recipe(StageName::heads, "heads")), {});
  package_model({.model = tiny_model(),
                 .start = {},
                 .dense_checkpoint = folder / "dense/checkpoint.safetensors",
                 .instance_checkpoint = folder / "instance/checkpoint.safetensors",
                 .heads_checkpoint = folder / "heads/checkpoint.safetensors",
                 .directory = folder / "model"});
  const CompactNetworks packaged = load_compact_model(folder / "model");
  DenseNetworks dense(tiny_model().scene);
  load_averaged(*dense, folder / "dense/checkpoint.safetensors");
  const auto p = packaged.scene->parameters()[0], q = dense->scene->parameters()[0];
  EXPECT_TRUE(torch::allclose(p, q, 1e-3, 1e-4));
}

}  // namespace
}  // namespace ahap

#include "reconstruction/training/recipes.h"

#include <stdexcept>

#include "reconstruction/body/procedural_body.h"
#include "reconstruction/compact_model.h"
#include "reconstruction/human/compact_human.h"
#include "reconstruction/networks/precision.h"
#include "reconstruction/training/dense_stage.h"
#include "reconstruction/training/heads_stage.h"
#include "reconstruction/training/instance_stage.h"

namespace ahap {
namespace {

WorldOptions training_world(int min_views, int max_views, int size) {
  WorldOptions world;
  world.min_people = 1;
  world.max_people = 6;
  world.min_views = min_views;
  world.max_views = max_views;
  world.width = world.height = size;
  world.vary_aspect = true;
  return world;
}

DenseNetworks load_dense(const CompactModelConfig& config, const std::filesystem::path& checkpoint) {
  if (checkpoint.empty()) throw std::runtime_error("This stage needs --dense, a checkpoint.pt of the dense stage.");
  DenseNetworks dense(config.scene);
  load_averaged(*dense, checkpoint);
  to_channels_last(*dense);
  dense->eval();
  return dense;
}

InstanceNetwork load_instance(const CompactModelConfig& config, const std::filesystem::path& checkpoint) {
  if (checkpoint.empty()) throw std::runtime_error("This stage needs --instance, a checkpoint.pt of the instance stage.");
  InstanceNetwork instance(config.instance);
  load_averaged(*instance, checkpoint);
  to_channels_last(*instance);
  instance->eval();
  return instance;
}

void copy_parameters(const torch::nn::Module& from, torch::nn::Module& to) {
  torch::NoGradGuard no_grad;
  const auto source = from.named_parameters();
  for (auto& item : to.named_parameters()) item.value().copy_(source[item.key()]);
}

// Lets a stage start from a model directory's weights; a checkpoint as the start is the trainer's business.
template <typename Copy>
TrainerOptions started(const TrainingRecipe& recipe, Copy&& copy) {
  TrainerOptions options = recipe.trainer;
  if (std::filesystem::is_directory(options.initial_weights)) {
    copy(load_compact_model(options.initial_weights));
    options.initial_weights.clear();
  }
  return options;
}

torch::Tensor template_joints(const Smpl& body) {
  const auto identity = torch::eye(3).expand({1, kSmplJoints, 3, 3});
  return body.joints(torch::zeros({1, kSmplBetas}), identity, torch::zeros({1, 3}))[0];
}

}  // namespace

void run_recipe(const TrainingRecipe& recipe, const Progress& progress) {
  at::set_num_threads(recipe.threads);
  at::globalContext().setFlushDenormal(true);  // softmax tails and decaying moments would slow everything down
  torch::manual_seed(recipe.trainer.seed);
  const CompactModelConfig config;
  const int size = config.scene.input_size;

  if (recipe.stage == "package") {
    // What has no checkpoint stays as it is in the model to start from.
    const auto& start = recipe.trainer.initial_weights;
    CompactNetworks networks = start.empty() ? CompactNetworks(config) : load_compact_model(start);
    if (start.empty() || !recipe.dense_checkpoint.empty()) {
      const DenseNetworks dense = load_dense(config, recipe.dense_checkpoint);
      networks.scene = dense->scene;
      networks.detector = dense->detector;
    }
    if (start.empty() || !recipe.instance_checkpoint.empty()) {
      networks.instance = load_instance(config, recipe.instance_checkpoint);
    }
    if (start.empty() || !recipe.heads_checkpoint.empty()) load_averaged(*networks.heads, recipe.heads_checkpoint);
    save_compact_model(networks, recipe.trainer.directory);
    return;
  }
  if (recipe.stage == "dense") {
    DenseStageOptions options;
    options.world = training_world(2, 3, size);
    if (recipe.captures_per_step > 0) options.captures_per_step = recipe.captures_per_step;
    DenseStage stage(config.scene, options);
    const auto trainer = started(recipe, [&](const CompactNetworks& model) {
      copy_parameters(*model.scene, *stage.networks->scene);
      copy_parameters(*model.detector, *stage.networks->detector);
    });
    train(stage, trainer, progress);
    return;
  }
  const Smpl body(procedural_body(BodyDetail::low));
  if (recipe.stage == "instance") {
    InstanceStageOptions options;
    options.world = training_world(2, 3, size);
    if (recipe.captures_per_step > 0) options.captures_per_step = recipe.captures_per_step;
    const auto dense = recipe.dense_checkpoint.empty() ? DenseNetworks(nullptr) : load_dense(config, recipe.dense_checkpoint);
    InstanceStage stage(config.instance, options, body, dense);
    const auto trainer =
        started(recipe, [&](const CompactNetworks& model) { copy_parameters(*model.instance, *stage.network); });
    train(stage, trainer, progress);
    return;
  }
  HeadsStageOptions options;
  options.world = training_world(2, 4, size);
  if (recipe.captures_per_step > 0) options.captures_per_step = recipe.captures_per_step;
  const DenseNetworks dense = load_dense(config, recipe.dense_checkpoint);
  CompactSceneBranch scene(dense->scene, cpu_multiplies_bf16());
  CompactHumanBranch human(dense->detector, load_instance(config, recipe.instance_checkpoint), template_joints(body), size,
                           config.detection, cpu_multiplies_bf16());
  HeadsStage stage(AhapHeads(config.association, config.head), options, body, scene, human);
  const auto trainer =
      started(recipe, [&](const CompactNetworks& model) { copy_parameters(*model.heads, *stage.heads); });
  train(stage, trainer, progress);
}

}  // namespace ahap

#include "reconstruction/training/recipes.h"

#include <cstring>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "reconstruction/body/procedural_body.h"
#include "reconstruction/branches/compact/compact_human.h"
#include "reconstruction/formats/mapped_file.h"
#include "reconstruction/models/full_model.h"

// OpenBLAS keeps threads of its own, whatever LibTorch is told; other builds of LibTorch bring another BLAS.
extern "C" __attribute__((weak)) void openblas_set_num_threads(int threads);

namespace ahap {
namespace {

// Transformer layers that `from` lacks stay as they are: layers start as the identity, so that a deeper
// network starts as the shallower one.
void copy_parameters(const torch::nn::Module& from, torch::nn::Module& to) {
  torch::NoGradGuard no_grad;
  const auto source = from.named_parameters();
  for (auto& item : to.named_parameters()) {
    const auto* value = source.find(item.key());
    if (!value && item.key().rfind("transformer.", 0) == 0) continue;
    if (!value || value->sizes() != item.value().sizes()) {
      throw std::runtime_error(
          "The model whose weights should be taken has networks of other sizes: " + item.key() + " differs.");
    }
    item.value().copy_(*value);
  }
}

// A checkpoint.safetensors of the stage, or a model directory.
DenseNetworks load_dense(const CompactModelConfig& config, const std::filesystem::path& from) {
  if (from.empty())
    throw std::runtime_error(
        "This needs --dense, a checkpoint.safetensors of the dense stage or a model's directory.");
  DenseNetworks dense(config.scene);
  if (std::filesystem::is_directory(from)) {
    const CompactNetworks model = load_compact_model(from);
    copy_parameters(*model.scene, *dense->scene);
    copy_parameters(*model.detector, *dense->detector);
  } else {
    load_averaged(*dense, from);
  }
  to_channels_last(*dense);
  dense->eval();
  return dense;
}

InstanceNetwork load_instance(const CompactModelConfig& config, const std::filesystem::path& from) {
  if (from.empty()) {
    throw std::runtime_error(
        "This needs --instance, a checkpoint.safetensors of the instance stage or a model's directory.");
  }
  InstanceNetwork instance(config.instance);
  if (std::filesystem::is_directory(from)) {
    copy_parameters(*load_compact_model(from).instance, *instance);
  } else {
    load_averaged(*instance, from);
  }
  to_channels_last(*instance);
  instance->eval();
  return instance;
}

void load_heads(AhapHeadsImpl& heads, const std::filesystem::path& from) {
  if (from.empty())
    throw std::runtime_error(
        "This needs --heads, a checkpoint.safetensors of the heads stage or a model's directory.");
  if (std::filesystem::is_directory(from)) {
    copy_parameters(*load_compact_model(from).heads, heads);
  } else {
    load_averaged(heads, from);
  }
}

// A number that tells weights apart (FNV-1a over their words of 32 bits).
class Fingerprint {
 public:
  void add(const void* data, std::size_t bytes) {
    const char* at = static_cast<const char*>(data);
    for (std::size_t i = 0; i + 4 <= bytes; i += 4) {
      std::uint32_t word;
      std::memcpy(&word, at + i, sizeof word);
      hash_ = (hash_ ^ word) * 1099511628211ull;
    }
  }
  std::string text() const { return std::to_string(hash_); }

 private:
  std::uint64_t hash_ = 14695981039346656037ull;
};

std::string fingerprint(const torch::nn::Module& module) {
  Fingerprint result;
  for (const auto& parameter : module.parameters()) {
    const auto values = parameter.detach().to(torch::kCPU, torch::kFloat).contiguous();
    result.add(values.data_ptr<float>(), values.numel() * sizeof(float));
  }
  return result.text();
}

std::string fingerprint(const std::filesystem::path& file) {
  const MappedFile mapped(file);
  Fingerprint result;
  result.add(mapped.data(), mapped.size());
  return result.text();
}

torch::Tensor template_joints(const Smpl& body) {
  const auto identity = torch::eye(3).expand({1, kSmplJoints, 3, 3});
  return body.joints(torch::zeros({1, kSmplBetas}), identity, torch::zeros({1, 3}))[0];
}

void use_threads(int threads) {
  at::set_num_threads(threads);
  if (openblas_set_num_threads) openblas_set_num_threads(threads);
  at::globalContext().setFlushDenormal(
      true);  // softmax tails and decaying moments would slow everything down
}

torch::Device cuda_device_of(const ProcessGroup& group) {
  const int count = int(torch::cuda::device_count());
  if (group.local_rank() >= count) {
    throw std::runtime_error("This process is number " + std::to_string(group.local_rank()) +
                             " of its machine (LOCAL_RANK), "
                             "which has " +
                             std::to_string(count) + " CUDA devices; start one process per device.");
  }
  return torch::Device(torch::kCUDA, torch::DeviceIndex(group.local_rank()));
}

// The heads on the networks of a full model.
void train_on_full_model(const TrainingRecipe& recipe, const Progress& progress, const ProcessGroup& group);

// Trains a stage. `copy` takes a model's weights into the stage's module; a checkpoint as the start is the
// trainer's business.
template <typename Section, typename Copy>
void train_stage(const TrainingRecipe& recipe, const char* name, const Section& section,
                 nlohmann::ordered_json frozen, TrainingStage& stage, Copy&& copy, const Progress& progress,
                 const ProcessGroup& group) {
  stage.module().to(recipe.device);
  TrainerOptions options = section.trainer;
  options.directory = recipe.directory;
  options.initial_weights = recipe.initial_weights;
  if (std::filesystem::is_directory(options.initial_weights)) {
    copy(load_compact_model(options.initial_weights));
    options.initial_weights.clear();
  }
  options.configuration = {{"stage", name},
                           {name, deciding_settings(settings_json(section))},
                           {"networks", nlohmann::ordered_json(nlohmann::json(recipe.model))},
                           {"frozen weights", std::move(frozen)}};
  train(stage, options, progress, group);
}

}  // namespace

void run_recipe(const TrainingRecipe& wanted, const Progress& progress) {
  const ProcessGroup group = ProcessGroup::from_environment();
  TrainingRecipe recipe = wanted;
  if (recipe.device.is_cuda()) recipe.device = cuda_device_of(group);
  TrainingConfiguration configuration = recipe.configuration;
  const CompactModelConfig& model = recipe.model;
  const int size = model.scene.input_size;
  WorldOptions& small = configuration.dense.stage.world;
  small.width = small.height = size;
  for (WorldOptions* world : {&configuration.instance.stage.world, &configuration.heads.stage.world}) {
    world->width = world->height = model.instance.picture_size;
  }
  use_threads(recipe.threads);
  if (!recipe.backbones.empty()) return train_on_full_model(recipe, progress, group);
  nlohmann::ordered_json frozen = nlohmann::ordered_json::object();

  if (recipe.stage == StageName::dense) {
    const auto& section = configuration.dense;
    torch::manual_seed(section.trainer.seed);
    DenseStage stage(model.scene, section.stage, recipe.render_threads);
    const auto copy = [&](const CompactNetworks& from) {
      copy_parameters(*from.scene, *stage.networks->scene);
      copy_parameters(*from.detector, *stage.networks->detector);
    };
    return train_stage(recipe, "dense", section, frozen, stage, copy, progress, group);
  }
  const BodyModel body_model = procedural_body(BodyDetail::low);
  const Smpl body(body_model, recipe.device);
  DenseNetworks dense(nullptr);
  if (recipe.stage == StageName::heads || !recipe.dense_checkpoint.empty()) {
    dense = load_dense(model, recipe.dense_checkpoint);
    frozen["dense"] = fingerprint(*dense);
    dense->to(recipe.device);
  }
  if (recipe.stage == StageName::instance) {
    const auto& section = configuration.instance;
    torch::manual_seed(section.trainer.seed);
    InstanceStage stage(model.instance, section.stage, body, dense, recipe.render_threads);
    const auto copy = [&](const CompactNetworks& from) { copy_parameters(*from.instance, *stage.network); };
    return train_stage(recipe, "instance", section, frozen, stage, copy, progress, group);
  }
  const auto& section = configuration.heads;
  InstanceNetwork instance = load_instance(model, recipe.instance_checkpoint);
  frozen["instance"] = fingerprint(*instance);
  instance->to(recipe.device);
  const bool bf16 = section.stage.bf16;
  CompactSceneBranch scene(dense->scene, bf16);
  CompactHumanBranch human(dense->detector, instance, template_joints(Smpl(body_model)), size,
                           model.detection, bf16);
  torch::manual_seed(section.trainer.seed);
  HeadsStage stage(AhapHeads(model.association, model.head), section.stage, body, scene, human,
                   /*keypoint_joint=*/0, recipe.render_threads);
  const auto copy = [&](const CompactNetworks& from) { copy_parameters(*from.heads, *stage.heads); };
  train_stage(recipe, "heads", section, frozen, stage, copy, progress, group);
}

namespace {

void train_on_full_model(const TrainingRecipe& recipe, const Progress& progress, const ProcessGroup& group) {
  if (recipe.stage != StageName::heads) {
    throw std::runtime_error(
        "Only the heads are trained on a full model's networks; its networks are the published ones.");
  }
  ModelDescription description = read_model_description(recipe.backbones);
  if (description.kind != "full") {
    throw std::runtime_error(
        recipe.backbones.string() + " is a model of kind \"" + description.kind +
        "\"; --backbones wants a full one. The compact networks are given by --dense and --instance.");
  }
  auto section = recipe.configuration.heads;
  const auto models = load_full_model(description, recipe.device, section.stage.bf16);
  if (models->body->num_joints() != kSmplJoints) {
    throw std::runtime_error("The heads decode SMPL bodies; take \"smplx\" out of the files of " +
                             (recipe.backbones / "model.json").string() + " to train them.");
  }
  section.stage.world.width = section.stage.world.height = models->human->input_size();
  nlohmann::ordered_json frozen = nlohmann::ordered_json::object();
  for (const char* part : {"scene", "human"}) frozen[part] = fingerprint(description.files.at(part));
  const Smpl body(procedural_body(BodyDetail::low), recipe.device);
  torch::manual_seed(section.trainer.seed);
  HeadsStage stage(make_heads(description), section.stage, body, *models->scene, *models->human,
                   models->keypoint_joint(), recipe.render_threads);
  const auto refuse = [](const CompactNetworks&) {
    throw std::runtime_error(
        "The heads of the compact model do not fit on a full model's networks; start from a "
        "checkpoint.safetensors.");
  };
  train_stage(recipe, "heads", section, frozen, stage, refuse, progress, group);
}

}  // namespace

void package_model(const PackageRecipe& recipe) {
  if (!recipe.start.empty()) {
    const ModelDescription start = read_model_description(recipe.start);
    if (start.kind == "full") {
      if (recipe.heads_checkpoint.empty())
        throw std::runtime_error("This needs --heads, a checkpoint.safetensors of the heads stage.");
      AhapHeads heads = make_heads(start);
      load_averaged(*heads, recipe.heads_checkpoint);
      return save_full_model(start, heads, recipe.directory);
    }
  }
  const bool fresh = recipe.start.empty();
  CompactNetworks networks = fresh ? CompactNetworks(recipe.model) : load_compact_model(recipe.start);
  const CompactModelConfig& model = networks.config;
  if (fresh || !recipe.dense_checkpoint.empty()) {
    const DenseNetworks dense = load_dense(model, recipe.dense_checkpoint);
    networks.scene = dense->scene;
    networks.detector = dense->detector;
  }
  if (fresh || !recipe.instance_checkpoint.empty())
    networks.instance = load_instance(model, recipe.instance_checkpoint);
  if (fresh || !recipe.heads_checkpoint.empty()) {
    load_heads(*networks.heads, recipe.heads_checkpoint);
  }
  save_compact_model(networks, recipe.directory);
}

}  // namespace ahap

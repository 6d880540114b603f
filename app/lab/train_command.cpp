#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <thread>

#include "app/cli/option_choice.h"
#include "app/interrupt.h"
#include "app/lab/commands.h"
#include "app/run_inputs.h"
#include "reconstruction/formats/assets.h"
#include "reconstruction/formats/readable.h"
#include "reconstruction/models/model.h"
#include "reconstruction/models/model_directory.h"
#include "reconstruction/results/results_folder.h"
#include "reconstruction/training/curves.h"
#include "reconstruction/training/recipes.h"

namespace ahap {
namespace {

// The command line's own settings, which override the configuration's where they are given.
struct TrainRequest {
  std::string what;
  std::filesystem::path run, output, configuration, initial, dense, instance, heads;
  std::string backbones;
  Device device = Device::automatic;
  int steps = 0, captures = 0, validate_every = 0, threads = 1, render_threads = 0;
  double learning_rate = 0;
  std::uint64_t seed = 0;
};

TrainingConfiguration configuration_of(const TrainRequest& request, torch::Device device) {
  const auto shipped =
      asset_directory() / "training" / (request.backbones.empty() ? "compact.json" : "full.json");
  return read_training_configuration(request.configuration.empty() ? shipped : request.configuration,
                                     device.is_cuda() || cpu_multiplies_bf16());
}

TrainingRecipe recipe_of(const TrainRequest& request, const CLI::App& command) {
  TrainingRecipe recipe;
  recipe.device = torch_device(request.device);
  recipe.render_threads = request.render_threads;
  if (recipe.device.is_cuda() && command.count("--render-threads") == 0) {
    recipe.render_threads = std::max(1, int(std::thread::hardware_concurrency()) - 1);
  }
  if (!request.backbones.empty()) recipe.backbones = find_model(request.backbones);
  recipe.configuration = configuration_of(request, recipe.device);
  recipe.model = recipe.configuration.networks;
  recipe.directory = request.output;
  recipe.initial_weights = request.initial;
  recipe.dense_checkpoint = request.dense;
  recipe.instance_checkpoint = request.instance;
  recipe.threads = request.threads;
  const auto override = [&](auto& section) {
    const auto if_given = [&](const char* option, auto& setting, auto value) {
      if (command.count(option) > 0) setting = value;
    };
    if_given("--steps", section.trainer.steps, request.steps);
    if_given("--learning-rate", section.trainer.learning_rate, request.learning_rate);
    if_given("--seed", section.trainer.seed, request.seed);
    if_given("--validate-every", section.trainer.validate_every, request.validate_every);
    if_given("--captures", section.stage.captures_per_step, request.captures);
  };
  if (request.what == "dense") {
    recipe.stage = StageName::dense;
    override(recipe.configuration.dense);
  } else if (request.what == "instance") {
    recipe.stage = StageName::instance;
    override(recipe.configuration.instance);
  } else {
    recipe.stage = StageName::heads;
    override(recipe.configuration.heads);
  }
  return recipe;
}

// What the command reads besides a run that it continues.
InputFiles inputs_of(const TrainRequest& request) {
  InputFiles inputs;
  inputs.add(request.configuration);
  for (const auto& weights : {request.initial, request.dense, request.instance, request.heads}) {
    if (std::filesystem::is_directory(weights))
      add_model(inputs, weights.string());
    else
      inputs.add(weights);
  }
  if (!request.backbones.empty()) add_model(inputs, request.backbones);
  if (!request.run.empty()) {
    for (const char* table : {"log.csv", "validation.csv"}) inputs.add(request.run / table);
  }
  return inputs;
}

void package(const TrainRequest& request) {
  const auto is_file_of_model = [](const std::string& path) {
    return path == "model.json" || path == "scene.safetensors" || path == "human.safetensors" ||
           path == "ahap.safetensors";
  };
  const TrainingConfiguration configuration = configuration_of(request, torch::kCPU);
  ResultsFolder results(request.output);
  for (const std::string& note : results.notes()) std::cerr << "note: " << readable(note) << std::endl;
  results.require_replaceable(is_file_of_model);
  results.put([&](const std::filesystem::path& staging) {
    package_model({.model = configuration.networks,
                   .start = request.initial,
                   .dense_checkpoint = request.dense,
                   .instance_checkpoint = request.instance,
                   .heads_checkpoint = request.heads,
                   .directory = staging});
  });
}

// Settings of a run, and the weights that it starts from.
void add_run_options(CLI::App& command, TrainRequest& request) {
  command
      .add_option("--config", request.configuration,
                  "JSON file with the settings (default: the recipe that ships)")
      ->type_name("FILE");
  command
      .add_option("--steps", request.steps,
                  "Steps of the whole run (overrides the configuration, as all below)")
      ->check(CLI::PositiveNumber);
  command.add_option("--learning-rate", request.learning_rate, "Peak learning rate")
      ->check(CLI::NonNegativeNumber);
  command.add_option("--seed", request.seed, "Seed of weights and captures")->check(CLI::Range(0, 999));
  command.add_option("--captures", request.captures, "Captures in a step")->check(CLI::PositiveNumber);
  command.add_option("--validate-every", request.validate_every, "Steps between validations")
      ->check(CLI::PositiveNumber);
  command.add_option("--initial", request.initial,
                     "checkpoint.safetensors or model directory whose weights start the run");
  command.add_option("--dense", request.dense,
                     "checkpoint.safetensors of the dense stage, or a model directory (frozen)");
  command.add_option("--instance", request.instance,
                     "checkpoint.safetensors of the instance stage, or a model directory (frozen)");
  command.add_option("--heads", request.heads,
                     "checkpoint.safetensors of the heads stage, or a model directory (package)");
  command.add_option(
      "--backbones", request.backbones,
      "Name or directory of a full model: heads on its networks, in the place of --dense and --instance");
  add_choice<Device>(command, "--device", request.device, "Where the networks run",
                     {{"auto", Device::automatic}, {"cpu", Device::cpu}, {"cuda", Device::cuda}});
  command.add_option("--threads", request.threads, "CPU threads of the networks")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  command
      .add_option(
          "--render-threads", request.render_threads,
          "Threads that render captures ahead (default: none, but on CUDA one less than the processor has)")
      ->check(CLI::Range(0, 1024));
}

}  // namespace

void add_train_command(CLI::App& program) {
  auto* command = program.add_subcommand(
      "train",
      "Train the compact model on captures rendered on the fly; continues where a run was interrupted.");
  auto request = std::make_shared<TrainRequest>();
  command
      ->add_option("STAGE", request->what,
                   "dense, instance, heads; package (weights of all three -> a model directory); curves "
                   "(picture of a run)")
      ->required()
      ->check(CLI::IsMember({"dense", "instance", "heads", "package", "curves"}));
  command->add_option("RUN", request->run, "Directory of the run, for curves");
  command
      ->add_option("-o,--output", request->output,
                   "Directory of the run (of the model, for package; the PNG file, for curves)")
      ->required();
  add_run_options(*command, *request);
  command->footer(
      "Examples:\n"
      "  ahap-lab train dense -o runs/dense\n"
      "  ahap-lab train instance -o runs/instance --config my_recipe.json\n"
      "  ahap-lab train heads -o runs/heads --dense runs/dense/checkpoint.safetensors --instance "
      "runs/instance/checkpoint.safetensors\n"
      "  ahap-lab train package -o my_model --dense runs/dense/checkpoint.safetensors --instance "
      "runs/instance/checkpoint.safetensors \\\n"
      "      --heads runs/heads/checkpoint.safetensors\n"
      "  ahap-lab train curves runs/dense -o curves.png\n"
      "  ahap-lab train heads -o runs/full --backbones full --device cuda\n"
      "  ahap-lab train package -o my_full --initial DIR_OF_FULL --heads runs/full/checkpoint.safetensors\n"
      "Several processes train together when RANK, WORLD_SIZE, LOCAL_RANK, MASTER_ADDR and MASTER_PORT are "
      "set, as\n"
      "torchrun sets them.");
  command->callback([request, command] {
    if (request->what == "curves") {
      if (request->run.empty()) throw CLI::RequiredError("RUN, the directory of a training run,");
      inputs_of(*request).require_kept(request->output);
      return draw_curves(request->run, request->output);
    }
    const InputFiles inputs = inputs_of(*request);
    for (const char* file :
         {"model.json", "scene.safetensors", "human.safetensors", "ahap.safetensors", "configuration.json",
          "checkpoint.safetensors", "log.csv", "validation.csv", "curves.png"}) {
      inputs.require_kept(request->output / file);
    }
    if (request->what == "package") return package(*request);
    allow_time_to_end(std::chrono::seconds(10));  // the state after the present step is saved
    Progress progress;
    progress.stop_requested = interrupted;
    run_recipe(recipe_of(*request, *command), progress);
  });
}

}  // namespace ahap

#include <CLI/CLI.hpp>
#include <memory>

#include "app/commands.h"
#include "app/interrupt.h"
#include "reconstruction/body/procedural_body.h"
#include "reconstruction/training/recipes.h"

namespace ahap {

void add_train_command(CLI::App& program) {
  auto* command = program.add_subcommand(
      "train", "Train the compact model on captures rendered on the fly; continues where a run was interrupted.");
  auto recipe = std::make_shared<TrainingRecipe>();
  command->add_option("STAGE", recipe->stage, "dense, instance, heads, or package (weights of all three -> a model directory)")
      ->required()
      ->check(CLI::IsMember({"dense", "instance", "heads", "package"}));
  command->add_option("-o,--output", recipe->trainer.directory, "Directory of the run (or of the model, for package)")->required();
  command->add_option("--steps", recipe->trainer.steps, "Steps of the whole run")->capture_default_str();
  command->add_option("--learning-rate", recipe->trainer.learning_rate, "Peak learning rate")->capture_default_str();
  command->add_option("--seed", recipe->trainer.seed, "Seed of weights and captures")->capture_default_str();
  command->add_option("--captures", recipe->captures_per_step, "Captures in a step (default: the stage's own)");
  command->add_option("--initial", recipe->trainer.initial_weights, "checkpoint.pt or model directory whose weights start the run");
  command->add_option("--dense", recipe->dense_checkpoint, "checkpoint.pt of the dense stage (frozen)");
  command->add_option("--instance", recipe->instance_checkpoint, "checkpoint.pt of the instance stage (frozen)");
  command->add_option("--heads", recipe->heads_checkpoint, "checkpoint.pt of the heads stage (package)");
  command->add_option("--validate-every", recipe->trainer.validate_every, "Steps between validations")->capture_default_str();
  command->add_option("--threads", recipe->threads, "CPU threads of the networks")->capture_default_str();
  command->footer(
      "Examples:\n"
      "  ahap train dense -o runs/dense --steps 20000\n"
      "  ahap train instance -o runs/instance --steps 20000\n"
      "  ahap train heads -o runs/heads --dense runs/dense/checkpoint.pt --instance runs/instance/checkpoint.pt\n"
      "  ahap train package -o my_model --dense runs/dense/checkpoint.pt --instance runs/instance/checkpoint.pt \\\n"
      "      --heads runs/heads/checkpoint.pt");
  command->callback([recipe] {
    Progress progress;
    progress.stop_requested = interrupted;
    run_recipe(*recipe, progress);
  });
}

}  // namespace ahap

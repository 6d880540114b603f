#pragma once

#include <filesystem>
#include <string>

#include "reconstruction/training/trainer.h"

namespace ahap {

// One stage of the compact model's training; the sizes are those of CompactModelConfig.
struct TrainingRecipe {
  std::string stage;  // dense, instance, heads, package
  TrainerOptions trainer;
  int captures_per_step = 0;  // 0: the stage's own
  std::filesystem::path dense_checkpoint, instance_checkpoint, heads_checkpoint;
  int threads = 1;
};

void run_recipe(const TrainingRecipe& recipe, const Progress& progress);

}  // namespace ahap

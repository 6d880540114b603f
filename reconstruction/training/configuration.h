#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>

#include "reconstruction/models/compact_model.h"
#include "reconstruction/training/dense_stage.h"
#include "reconstruction/training/heads_stage.h"
#include "reconstruction/training/instance_stage.h"

namespace ahap {

// How the compact model is trained: one section per stage. assets/training/README.md explains every key of
// the file.
struct TrainingConfiguration {
  struct Dense {
    TrainerOptions trainer;
    DenseStageOptions stage;
  } dense;
  struct Instance {
    TrainerOptions trainer;
    InstanceStageOptions stage;
  } instance;
  struct Heads {
    TrainerOptions trainer;
    HeadsStageOptions stage;
  } heads;

  CompactModelConfig networks;  // their sizes

  // bf16: the precision that "auto" means.
  explicit TrainingConfiguration(bool bf16 = cpu_multiplies_bf16());
};

// Keys that the file leaves out keep their defaults. Throws one sentence with the file and the key for what
// is unknown, of the wrong type or out of range.
TrainingConfiguration read_training_configuration(const std::filesystem::path& file,
                                                  bool bf16 = cpu_multiplies_bf16());

// Every setting of a section under the keys of the file.
nlohmann::ordered_json settings_json(const TrainingConfiguration::Dense& section);
nlohmann::ordered_json settings_json(const TrainingConfiguration::Instance& section);
nlohmann::ordered_json settings_json(const TrainingConfiguration::Heads& section);
nlohmann::ordered_json settings_json(const CompactModelConfig& networks);

// The settings that decide the weights of a run: those of its section without what only tells or stores them.
nlohmann::ordered_json deciding_settings(nlohmann::ordered_json section);

}  // namespace ahap

#pragma once

#include <filesystem>
#include <string>

#include "reconstruction/models/compact_model.h"
#include "reconstruction/training/configuration.h"

namespace ahap {

enum class StageName { dense, instance, heads };

// One stage of the compact model's training, or the heads on top of a full model's networks.
struct TrainingRecipe {
  StageName stage = StageName::dense;
  TrainingConfiguration configuration;
  CompactModelConfig model;
  std::filesystem::path directory;        // of the run
  std::filesystem::path initial_weights;  // a checkpoint.safetensors or a model directory; empty: none
  // Frozen networks, each a checkpoint.safetensors or a model directory. Heads need both; with `dense` the
  // instance stage sees its detections instead of the truth made worse.
  std::filesystem::path dense_checkpoint, instance_checkpoint;
  std::filesystem::path backbones;     // a full model's directory, in the place of both for stage heads
  torch::Device device = torch::kCPU;  // CUDA: each process of a machine takes the device of its LOCAL_RANK
  int threads = 1;                     // of the networks, on the CPU
  int render_threads = 0;              // that render captures ahead of the networks
};

// Runs alone or, started so, as one of several processes (process_group.h).
void run_recipe(const TrainingRecipe& recipe, const Progress& progress);

// Checkpoints of the three stages, or directories of models whose weights are taken -> a model directory.
// What has no checkpoint stays as it is in the model `start`, which may be empty when all three are given.
// Where `start` is a full model, its networks with the trained heads.
struct PackageRecipe {
  CompactModelConfig model;
  std::filesystem::path start, dense_checkpoint, instance_checkpoint, heads_checkpoint;
  std::filesystem::path directory;  // of the model
};
void package_model(const PackageRecipe& recipe);

}  // namespace ahap

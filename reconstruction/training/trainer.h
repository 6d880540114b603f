#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "reconstruction/progress.h"
#include "reconstruction/training/history.h"
#include "reconstruction/training/process_group.h"

namespace ahap {

// One thing that is trained: how a batch becomes a loss. Batches come from seeds alone, so a run can be
// repeated and resumed.
class TrainingStage {
 public:
  virtual ~TrainingStage() = default;
  virtual torch::nn::Module& module() = 0;
  // The loss of the batch that `seed` makes, at a step of the run; each term into `terms`. May throw
  // Cancelled.
  virtual torch::Tensor loss(std::uint64_t seed, int step, Measures& terms) = 0;
  // Figures on captures that no training seed makes.
  virtual Measures validate() = 0;

  Progress progress;  // of the run, for batches that take long to make; set by train()
};

struct TrainerOptions {
  int steps = 1000;
  double learning_rate = 7e-4;
  int warmup = 100;            // steps of linear warm-up; then cosine to zero
  double weight_decay = 0.02;  // of matrices and kernels only
  double clip = 1.0;           // of the gradient's norm
  double ema_decay = 0.998;    // of the weights that are validated and shipped
  int log_every = 20;
  int validate_every = 1000;
  int checkpoint_every = 250;
  std::uint64_t seed = 1;
  std::filesystem::path
      directory;  // checkpoint.safetensors, log.csv, validation.csv, curves.png, configuration.json
  std::filesystem::path
      initial_weights;  // a checkpoint.safetensors whose averaged weights start the run; empty: as it is
  // Everything that decides the weights beside the captures' code: a checkpoint of another configuration is
  // refused.
  nlohmann::ordered_json configuration = nlohmann::ordered_json::object();
};

// Trains, continuing from directory/checkpoint.safetensors where there is one: the weights are bit for bit
// those of a run without the interruption, whatever moment it came at. With several processes each takes its
// own captures, gradients are averaged, and process 0 alone writes. Afterwards the module holds the averaged
// weights. Throws one sentence for a folder that cannot be written, a full disk, a checkpoint of another
// configuration (naming the setting), and a loss that is not finite (naming step and batch seed).
void train(TrainingStage& stage, const TrainerOptions& options, const Progress& progress = {},
           const ProcessGroup& group = {});

// The averaged weights of a checkpoint into a module of the same shape. Throws a sentence with the file's
// name.
void load_averaged(torch::nn::Module& module, const std::filesystem::path& checkpoint);

}  // namespace ahap

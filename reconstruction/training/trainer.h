#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "reconstruction/progress.h"

namespace ahap {

using Measures = std::map<std::string, double>;  // what a step or a validation measured, by name

// One thing that is trained: how a batch becomes a loss. Batches come from seeds alone, so a run can be repeated and resumed.
class TrainingStage {
 public:
  virtual ~TrainingStage() = default;
  virtual torch::nn::Module& module() = 0;
  // The loss of the batch that `seed` makes; each term into `terms`.
  virtual torch::Tensor loss(std::uint64_t seed, Measures& terms) = 0;
  // Figures on captures that no training seed makes.
  virtual Measures validate() = 0;
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
  std::filesystem::path directory;        // checkpoint.pt, log.csv, validation.csv
  std::filesystem::path initial_weights;  // a checkpoint.pt whose averaged weights start the run; empty: as it is
};

// Trains, continuing from directory/checkpoint.pt where there is one (same result as without the interruption).
// Afterwards the module holds the averaged weights. Throws on a loss that is not finite, naming step and seed.
void train(TrainingStage& stage, const TrainerOptions& options, const Progress& progress = {});

// The averaged weights of a checkpoint into a module of the same shape.
void load_averaged(torch::nn::Module& module, const std::filesystem::path& checkpoint);

}  // namespace ahap

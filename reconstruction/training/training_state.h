#pragma once

#include <torch/torch.h>

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "reconstruction/checkpoints/checkpoint.h"
#include "reconstruction/training/history.h"
#include "reconstruction/training/muon.h"

namespace ahap {

// Exponential moving average of a module's parameters.
class Average {
 public:
  explicit Average(const torch::nn::Module& module);
  void update(const torch::nn::Module& module, double decay);
  // Exchanges it with the module's parameters.
  void swap(torch::nn::Module& module);
  // As tensors "average.<parameter>".
  void write(std::map<std::string, torch::Tensor>& tensors) const;
  void read(const Checkpoint& checkpoint);

 private:
  std::map<std::string, torch::Tensor> values_;
};

// Everything that decides how a run goes on.
struct TrainingState {
  torch::nn::Module& module;
  torch::optim::AdamW& optimizer;
  Muon& muon;
  Average& average;
  int step = 0;
  double seconds = 0;  // of training so far
  Measures sums = {};  // of the row of the log that is not complete yet
  nlohmann::ordered_json configuration = nlohmann::ordered_json::object();
};

// A checkpoint.safetensors as bytes: the tensors "module.", "average." and "muon." and "adamw." with the
// optimizers' memories; step, seconds, sums and configuration as metadata.
std::string saved(const TrainingState& state);
// Takes up a checkpoint. `file` is for messages. Throws a sentence where it is damaged, of other networks, or
// of another configuration, naming the setting.
void load(TrainingState& state, std::string bytes, const std::filesystem::path& file);

// All bytes of a file; empty where there is none.
std::string read_bytes(const std::filesystem::path& file);

}  // namespace ahap

#pragma once

#include <limits>

#include "reconstruction/training/trainer.h"

namespace ahap::testing {

// Fits a linear layer to a fixed one from random inputs.
class LinearStage : public TrainingStage {
 public:
  LinearStage() : layer_(4, 3) {
    torch::NoGradGuard no_grad;
    layer_->weight.fill_(0.1);
    layer_->bias.zero_();
  }
  torch::nn::Module& module() override { return *layer_; }
  torch::Tensor loss(std::uint64_t seed, int step, Measures& terms) override {
    if (step == killed_at) throw std::runtime_error("killed");
    torch::manual_seed(seed);
    const auto x = torch::randn({8, 4});
    const auto target = x.slice(1, 0, 3) * 2 - 1;
    auto loss = (layer_(x) - target).pow(2).mean();
    if (step == not_a_number_at) loss = loss * std::numeric_limits<double>::quiet_NaN();
    if (step == infinite_gradient_at) loss = loss + torch::sqrt(layer_->bias.pow(2).sum() * 0);
    terms["squares"] = loss.item<double>();
    return loss;
  }
  Measures validate() override { return {{"weight", layer_->weight.sum().item<double>()}}; }

  torch::Tensor weights() const {
    std::vector<torch::Tensor> flat;
    for (const auto& p : layer_->parameters()) flat.push_back(p.detach().flatten());
    return torch::cat(flat);
  }

  int killed_at = -1, not_a_number_at = -1, infinite_gradient_at = -1;

 private:
  torch::nn::Linear layer_;
};

inline TrainerOptions linear_run(const std::filesystem::path& directory, int steps) {
  TrainerOptions options;
  options.steps = steps;
  options.learning_rate = 0.05;
  options.warmup = 5;
  options.checkpoint_every = 10;
  options.log_every = 4;
  options.validate_every = 15;
  options.directory = directory;
  options.configuration = {{"steps", steps}, {"losses", {{"squares", 1}}}};
  return options;
}

}  // namespace ahap::testing

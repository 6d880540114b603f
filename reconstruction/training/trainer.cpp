#include "reconstruction/training/trainer.h"

#include <chrono>
#include <cmath>
#include <fstream>
#include <iostream>

#include "reconstruction/training/muon.h"

namespace ahap {
namespace {

// Exponential moving average of a module's parameters.
class Average {
 public:
  explicit Average(const torch::nn::Module& module) {
    for (const auto& item : module.named_parameters()) values_[item.key()] = item.value().detach().clone();
  }
  void update(const torch::nn::Module& module, double decay) {
    torch::NoGradGuard no_grad;
    for (const auto& item : module.named_parameters()) values_[item.key()].lerp_(item.value(), 1 - decay);
  }
  void swap(torch::nn::Module& module) {
    torch::NoGradGuard no_grad;
    for (auto& item : module.named_parameters()) {
      const auto mine = values_[item.key()].clone();
      values_[item.key()].copy_(item.value());
      item.value().copy_(mine);
    }
  }
  void save(torch::serialize::OutputArchive& archive) const {
    torch::serialize::OutputArchive values;
    for (const auto& [name, value] : values_) values.write(name, value, /*is_buffer=*/true);
    archive.write("average", values);
  }
  void load(torch::serialize::InputArchive& archive) {
    torch::NoGradGuard no_grad;
    torch::serialize::InputArchive values;
    archive.read("average", values);
    for (auto& [name, value] : values_) {
      torch::Tensor stored;
      values.read(name, stored, /*is_buffer=*/true);
      value.copy_(stored);
    }
  }

 private:
  std::map<std::string, torch::Tensor> values_;
};

double learning_rate(const TrainerOptions& options, int step) {
  if (step < options.warmup) return options.learning_rate * (step + 1) / options.warmup;
  const double t = double(step - options.warmup) / std::max(1, options.steps - options.warmup);
  return options.learning_rate * 0.5 * (1 + std::cos(M_PI * std::min(1.0, t)));
}

torch::optim::AdamW make_optimizer(torch::nn::Module& module, const TrainerOptions& options) {
  std::vector<torch::Tensor> matrices, vectors;
  for (auto& parameter : module.parameters()) {
    if (Muon::suits(parameter)) continue;
    (parameter.dim() >= 2 ? matrices : vectors).push_back(parameter);
  }
  const auto settings = [&](double decay) {
    return std::make_unique<torch::optim::AdamWOptions>(
        torch::optim::AdamWOptions(options.learning_rate).betas({0.9, 0.98}).weight_decay(decay));
  };
  std::vector<torch::optim::OptimizerParamGroup> groups;
  groups.emplace_back(matrices, settings(options.weight_decay));
  groups.emplace_back(vectors, settings(0));
  return torch::optim::AdamW(groups, torch::optim::AdamWOptions(options.learning_rate));
}

// A CSV table whose columns are fixed by its first row.
class Table {
 public:
  explicit Table(std::filesystem::path file) : file_(std::move(file)) {}
  void add(int step, double seconds, const Measures& values) {
    const bool is_new = !std::filesystem::exists(file_);
    std::ofstream out(file_, std::ios::app);
    if (is_new) {
      out << "step,seconds";
      for (const auto& [name, value] : values) out << ',' << name;
      out << '\n';
    }
    out << step << ',' << seconds;
    for (const auto& [name, value] : values) out << ',' << value;
    out << '\n';
    if (!out.flush()) throw std::runtime_error("Cannot write the training log " + file_.string() + ".");
  }

 private:
  std::filesystem::path file_;
};

void print(const Measures& values) {
  for (const auto& [name, value] : values) std::cerr << "  " << name << ' ' << value;
  std::cerr << std::endl;
}

}  // namespace

void train(TrainingStage& stage, const TrainerOptions& options, const Progress& progress) {
  std::filesystem::create_directories(options.directory);
  const auto checkpoint = options.directory / "checkpoint.pt";
  torch::nn::Module& module = stage.module();
  if (!options.initial_weights.empty()) load_averaged(module, options.initial_weights);
  Average average(module);
  auto optimizer = make_optimizer(module, options);
  std::vector<torch::Tensor> wide;
  for (const auto& parameter : module.parameters()) {
    if (Muon::suits(parameter)) wide.push_back(parameter);
  }
  Muon muon(wide);
  int step = 0;
  double seconds = 0;
  if (std::filesystem::exists(checkpoint)) {
    torch::serialize::InputArchive archive, weights, state;
    archive.load_from(checkpoint.string());
    archive.read("module", weights);
    module.load(weights);
    archive.read("optimizer", state);
    optimizer.load(state);
    torch::serialize::InputArchive momenta;
    archive.read("momenta", momenta);
    muon.load(momenta);
    average.load(archive);
    c10::IValue stored;
    archive.read("step", stored);
    step = int(stored.toInt());
    archive.read("seconds", stored);
    seconds = stored.toDouble();
  }
  const auto save = [&] {
    torch::serialize::OutputArchive archive, weights, state;
    module.save(weights);
    archive.write("module", weights);
    optimizer.save(state);
    archive.write("optimizer", state);
    torch::serialize::OutputArchive momenta;
    muon.save(momenta);
    archive.write("momenta", momenta);
    average.save(archive);
    archive.write("step", c10::IValue(int64_t(step)));
    archive.write("seconds", c10::IValue(seconds));
    const auto partial = options.directory / "checkpoint.pt.part";
    archive.save_to(partial.string());
    std::filesystem::rename(partial, checkpoint);
  };

  Table log(options.directory / "log.csv"), validation(options.directory / "validation.csv");
  const auto validate = [&] {
    torch::NoGradGuard no_grad;
    module.eval();
    average.swap(module);
    const Measures figures = stage.validate();
    average.swap(module);
    module.train();
    validation.add(step, seconds, figures);
    std::cerr << "validation at step " << step;
    print(figures);
  };

  Measures sums;
  auto last = std::chrono::steady_clock::now();
  module.train();
  while (step < options.steps) {
    if (progress.stop_requested && progress.stop_requested()) {
      save();
      throw Cancelled();
    }
    const double rate = learning_rate(options, step);
    for (auto& group : optimizer.param_groups()) {
      static_cast<torch::optim::AdamWOptions&>(group.options()).lr(rate);
    }
    const std::uint64_t seed = options.seed * 1'000'000'007ull + std::uint64_t(step);
    Measures terms;
    module.zero_grad();  // the optimizer does not know the parameters of Muon
    const auto loss = stage.loss(seed, terms);
    const double value = loss.item<double>();
    if (!std::isfinite(value)) {
      throw std::runtime_error("The loss is not a number at step " + std::to_string(step) + " (batch seed " +
                               std::to_string(seed) + "); the last checkpoint is " + checkpoint.string() + ".");
    }
    loss.backward();
    terms["gradient"] = torch::nn::utils::clip_grad_norm_(module.parameters(), options.clip);
    terms["loss"] = value;
    optimizer.step();
    muon.step(rate, options.weight_decay);
    average.update(module, std::min(options.ema_decay, (1.0 + step) / (10.0 + step)));
    ++step;

    const auto now = std::chrono::steady_clock::now();
    seconds += std::chrono::duration<double>(now - last).count();
    last = now;
    for (const auto& [name, term] : terms) sums[name] += term / options.log_every;
    if (step % options.log_every == 0) {
      sums["rate"] = rate;
      log.add(step, seconds, sums);
      std::cerr << "step " << step << '/' << options.steps << "  " << int(seconds) << " s";
      print(sums);
      sums.clear();
    }
    if (progress.report) progress.report("training", double(step) / options.steps);
    if (step % options.checkpoint_every == 0) save();
    if (step % options.validate_every == 0 && step < options.steps) validate();
  }
  save();
  validate();
  average.swap(module);
}

void load_averaged(torch::nn::Module& module, const std::filesystem::path& checkpoint) {
  torch::serialize::InputArchive archive;
  archive.load_from(checkpoint.string());
  Average average(module);
  average.load(archive);
  average.swap(module);
}

}  // namespace ahap

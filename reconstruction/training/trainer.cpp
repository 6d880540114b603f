#include "reconstruction/training/trainer.h"

#include <chrono>
#include <cmath>
#include <fstream>
#include <iostream>
#include <optional>

#include "reconstruction/formats/input_file.h"
#include "reconstruction/formats/safe_write.h"
#include "reconstruction/results/folder_lock.h"
#include "reconstruction/training/curves.h"
#include "reconstruction/training/muon.h"
#include "reconstruction/training/training_state.h"

namespace ahap {
namespace {

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

Muon make_muon(const torch::nn::Module& module) {
  std::vector<torch::Tensor> wide;
  for (const auto& parameter : module.parameters()) {
    if (Muon::suits(parameter)) wide.push_back(parameter);
  }
  return Muon(wide);
}

void print(const Measures& values) {
  for (const auto& [name, value] : values) std::cerr << "  " << name << ' ' << value;
  std::cerr << std::endl;
}

bool is_configuration_of_run(const std::filesystem::path& file) {
  std::ifstream in = open_input_file(file);
  const auto json = nlohmann::json::parse(in, nullptr, false);
  return json.is_object() && json.contains("processes");
}

// Files of somebody else are not replaced because they are called as those of a run. Tables and checkpoints
// are read before they are written, which tells them apart.
void require_own(const std::filesystem::path& directory) {
  const auto configuration = directory / "configuration.json", curves = directory / "curves.png";
  const bool there = std::filesystem::exists(configuration);
  for (const auto& file : {configuration, curves}) {
    if (std::filesystem::exists(file) && !(there && is_configuration_of_run(configuration)))
      throw std::runtime_error(file.string() +
                               ": was not written by a training run; move it away or choose another folder.");
  }
}

// As a proof that the folder takes files, the configuration in it.
void prepare(const std::filesystem::path& directory, const nlohmann::ordered_json& configuration) {
  require_own(directory);
  safe_write(directory / "configuration.json",
             [&](std::ostream& out) { out << configuration.dump(2) << '\n'; });
}

// A run of process 0 writes; the others know the same and stay silent.
class Records {
 public:
  Records(const TrainerOptions& options, bool writes)
      : directory_(options.directory),
        writes_(writes),
        log_(writes ? directory_ / "log.csv" : std::filesystem::path()),
        validation_(writes ? directory_ / "validation.csv" : std::filesystem::path()) {}

  void cut_after(int step) {
    log_.cut_after(step);
    validation_.cut_after(step);
  }
  void save(const TrainingState& state) const {
    if (!writes_) return;
    const std::string bytes = saved(state);
    safe_write(directory_ / "checkpoint.safetensors",
               [&](std::ostream& out) { out.write(bytes.data(), std::streamsize(bytes.size())); });
  }
  void log(const TrainingState& state, int steps) {
    if (!writes_) return;
    log_.add({state.step, state.seconds, state.sums});
    std::cerr << "step " << state.step << '/' << steps << "  " << int(state.seconds) << " s";
    print(state.sums);
  }
  bool wants_validation(int step) const { return writes_ && !validation_.has(step); }
  void validated(const TrainingState& state, const Measures& figures) {
    validation_.add({state.step, state.seconds, figures});
    std::cerr << "validation at step " << state.step;
    print(figures);
    draw_curves(directory_, directory_ / "curves.png");
  }

 private:
  std::filesystem::path directory_;
  bool writes_;
  History log_, validation_;
};

// A run of one process of the group.
class Run {
 public:
  Run(TrainingStage& stage, const TrainerOptions& options, const Progress& progress,
      const ProcessGroup& group)
      : stage_(stage),
        options_(options),
        progress_(progress),
        group_(group),
        checkpoint_(options.directory / "checkpoint.safetensors"),
        module_(with_initial_weights(stage.module(), options)),
        average_(module_),
        optimizer_(make_optimizer(module_, options)),
        muon_(make_muon(module_)),
        state_{module_, optimizer_, muon_, average_} {
    stage.progress = progress;
    state_.configuration = options.configuration;
    state_.configuration["processes"] = group.size();
    resume();
    if (first()) take_folder();
    records_.emplace(options, first());
    records_->cut_after(state_.step);
  }

  void train() {
    last_ = std::chrono::steady_clock::now();
    module_.train();
    while (state_.step < options_.steps) {
      if (state_.step > 0 && state_.step % options_.validate_every == 0) validate();
      if (group_.any(progress_.stop_requested && progress_.stop_requested())) {
        records_->save(state_);
        throw Cancelled();
      }
      step();
      if (progress_.report) progress_.report("training", double(state_.step) / options_.steps);
      if (state_.step % options_.checkpoint_every == 0) records_->save(state_);
    }
    records_->save(state_);
    validate();
    average_.swap(module_);
  }

 private:
  static torch::nn::Module& with_initial_weights(torch::nn::Module& module, const TrainerOptions& options) {
    if (!options.initial_weights.empty()) load_averaged(module, options.initial_weights);
    return module;
  }
  bool first() const { return group_.rank() == 0; }

  // Process 0 reads for everybody: the others may be machines that do not see its disk, and start from its
  // weights.
  void resume() {
    std::string bytes = group_.from_first(first() ? read_bytes(checkpoint_) : std::string());
    if (!bytes.empty()) {
      load(state_, bytes, checkpoint_);
    } else if (group_.size() > 1) {
      bytes = group_.from_first(first() ? saved(state_) : std::string());
      if (!first()) load(state_, bytes, checkpoint_);
    }
  }

  void take_folder() {
    std::error_code error;
    std::filesystem::create_directories(options_.directory, error);
    if (error)
      throw std::runtime_error("Cannot create the folder " + options_.directory.string() + ": " +
                               error.message() + ".");
    lock_.emplace(options_.directory);
    prepare(options_.directory, state_.configuration);
  }

  void validate() {
    if (!records_->wants_validation(state_.step)) return;
    torch::NoGradGuard no_grad;
    module_.eval();
    average_.swap(module_);
    const Measures figures = stage_.validate();
    average_.swap(module_);
    module_.train();
    records_->validated(state_, figures);
  }

  void step() {
    const double rate = learning_rate(options_, state_.step);
    for (auto& parameters : optimizer_.param_groups())
      static_cast<torch::optim::AdamWOptions&>(parameters.options()).lr(rate);
    Measures terms = gradient();
    optimizer_.step();
    muon_.step(rate, options_.weight_decay);
    average_.update(module_, std::min(options_.ema_decay, (1.0 + state_.step) / (10.0 + state_.step)));
    ++state_.step;

    const auto now = std::chrono::steady_clock::now();
    state_.seconds += std::chrono::duration<double>(now - last_).count();
    last_ = now;
    for (const auto& [name, term] : terms) state_.sums[name] += term / options_.log_every;
    if (state_.step % options_.log_every != 0) return;
    state_.sums["rate"] = rate;
    records_->log(state_, options_.steps);
    state_.sums.clear();
  }

  // Of this step's batch, averaged over the processes. Returns the terms of the loss.
  Measures gradient() {
    // Each process draws as a run of a seed of its own would; seeds of configurations lie below 1000.
    const std::uint64_t seed =
        (options_.seed + 1000ull * group_.rank()) * 1'000'000'007ull + std::uint64_t(state_.step);
    torch::manual_seed(seed);
    Measures terms;
    module_.zero_grad();  // Muon's parameters too, which the optimizer does not know
    torch::Tensor loss;
    try {
      loss = stage_.loss(seed, state_.step, terms);
    } catch (const Cancelled&) {
      records_->save(state_);
      throw;
    }
    const double value = loss.item<double>();
    if (group_.any(!std::isfinite(value)))
      refuse("loss", std::isfinite(value) ? " in another process" : of_batch(seed));
    if (!loss.requires_grad())
      throw std::runtime_error("There is nothing to train: the weights of all losses are 0.");
    loss.backward();
    group_.average_gradients(module_.parameters());
    terms["gradient"] = torch::nn::utils::clip_grad_norm_(module_.parameters(), options_.clip);
    terms["loss"] = value;
    if (!std::isfinite(terms["gradient"])) refuse("gradient", of_batch(seed));
    return terms;
  }

  static std::string of_batch(std::uint64_t seed) { return " (batch seed " + std::to_string(seed) + ")"; }
  [[noreturn]] void refuse(const std::string& what, const std::string& whose) const {
    throw std::runtime_error("The " + what + " is not a number at step " + std::to_string(state_.step) +
                             whose + "; the last checkpoint is " + checkpoint_.string() + ".");
  }

  TrainingStage& stage_;
  const TrainerOptions& options_;
  const Progress& progress_;
  const ProcessGroup& group_;
  std::filesystem::path checkpoint_;
  torch::nn::Module& module_;
  Average average_;
  torch::optim::AdamW optimizer_;
  Muon muon_;
  TrainingState state_;
  std::optional<FolderLock> lock_;
  std::optional<Records> records_;
  std::chrono::steady_clock::time_point last_;
};

}  // namespace

void train(TrainingStage& stage, const TrainerOptions& options, const Progress& progress,
           const ProcessGroup& group) {
  Run(stage, options, progress, group).train();
}

}  // namespace ahap

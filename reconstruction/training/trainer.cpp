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

}  // namespace

void train(TrainingStage& stage, const TrainerOptions& options, const Progress& progress,
           const ProcessGroup& group) {
  const auto checkpoint = options.directory / "checkpoint.safetensors";
  const bool first = group.rank() == 0;
  torch::nn::Module& module = stage.module();
  stage.progress = progress;
  if (!options.initial_weights.empty()) load_averaged(module, options.initial_weights);
  Average average(module);
  auto optimizer = make_optimizer(module, options);
  Muon muon = make_muon(module);
  TrainingState state{module, optimizer, muon, average};
  state.configuration = options.configuration;
  state.configuration["processes"] = group.size();

  // Process 0 reads for everybody: the others may be machines that do not see its disk, and start from its
  // weights.
  std::string bytes = group.from_first(first ? read_bytes(checkpoint) : std::string());
  if (!bytes.empty()) {
    load(state, bytes, checkpoint);
  } else if (group.size() > 1) {
    bytes = group.from_first(first ? saved(state) : std::string());
    if (!first) load(state, bytes, checkpoint);
  }
  std::optional<FolderLock> lock;
  if (first) {
    std::error_code error;
    std::filesystem::create_directories(options.directory, error);
    if (error)
      throw std::runtime_error("Cannot create the folder " + options.directory.string() + ": " +
                               error.message() + ".");
    lock.emplace(options.directory);
    prepare(options.directory, state.configuration);
  }
  Records records(options, first);
  records.cut_after(state.step);

  const auto validate = [&] {
    if (!records.wants_validation(state.step)) return;
    torch::NoGradGuard no_grad;
    module.eval();
    average.swap(module);
    const Measures figures = stage.validate();
    average.swap(module);
    module.train();
    records.validated(state, figures);
  };

  auto last = std::chrono::steady_clock::now();
  module.train();
  while (state.step < options.steps) {
    if (state.step > 0 && state.step % options.validate_every == 0) validate();
    if (group.any(progress.stop_requested && progress.stop_requested())) {
      records.save(state);
      throw Cancelled();
    }
    const double rate = learning_rate(options, state.step);
    for (auto& parameters : optimizer.param_groups()) {
      static_cast<torch::optim::AdamWOptions&>(parameters.options()).lr(rate);
    }
    // Each process draws as a run of a seed of its own would; seeds of configurations lie below 1000.
    const std::uint64_t seed =
        (options.seed + 1000ull * group.rank()) * 1'000'000'007ull + std::uint64_t(state.step);
    torch::manual_seed(seed);
    Measures terms;
    module.zero_grad();  // Muon's parameters too, which the optimizer does not know
    torch::Tensor loss;
    try {
      loss = stage.loss(seed, state.step, terms);
    } catch (const Cancelled&) {
      records.save(state);
      throw;
    }
    const double value = loss.item<double>();
    if (group.any(!std::isfinite(value))) {
      const std::string whose =
          std::isfinite(value) ? " in another process" : " (batch seed " + std::to_string(seed) + ")";
      throw std::runtime_error("The loss is not a number at step " + std::to_string(state.step) + whose +
                               "; the last checkpoint is " + checkpoint.string() + ".");
    }
    if (!loss.requires_grad())
      throw std::runtime_error("There is nothing to train: the weights of all losses are 0.");
    loss.backward();
    group.average_gradients(module.parameters());
    terms["gradient"] = torch::nn::utils::clip_grad_norm_(module.parameters(), options.clip);
    terms["loss"] = value;
    if (!std::isfinite(terms["gradient"])) {
      throw std::runtime_error("The gradient is not a number at step " + std::to_string(state.step) +
                               " (batch seed " + std::to_string(seed) + "); the last checkpoint is " +
                               checkpoint.string() + ".");
    }
    optimizer.step();
    muon.step(rate, options.weight_decay);
    average.update(module, std::min(options.ema_decay, (1.0 + state.step) / (10.0 + state.step)));
    ++state.step;

    const auto now = std::chrono::steady_clock::now();
    state.seconds += std::chrono::duration<double>(now - last).count();
    last = now;
    for (const auto& [name, term] : terms) state.sums[name] += term / options.log_every;
    if (state.step % options.log_every == 0) {
      state.sums["rate"] = rate;
      records.log(state, options.steps);
      state.sums.clear();
    }
    if (progress.report) progress.report("training", double(state.step) / options.steps);
    if (state.step % options.checkpoint_every == 0) records.save(state);
  }
  records.save(state);
  validate();
  average.swap(module);
}

}  // namespace ahap

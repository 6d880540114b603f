#include "reconstruction/training/training_state.h"

#include <climits>
#include <fstream>
#include <sstream>

#include "reconstruction/formats/input_file.h"
#include "reconstruction/formats/parse_json.h"
#include "reconstruction/formats/settings.h"
#include "reconstruction/training/trainer.h"

namespace ahap {

Average::Average(const torch::nn::Module& module) {
  for (const auto& item : module.named_parameters()) values_[item.key()] = item.value().detach().clone();
}

void Average::update(const torch::nn::Module& module, double decay) {
  torch::NoGradGuard no_grad;
  for (const auto& item : module.named_parameters()) values_[item.key()].lerp_(item.value(), 1 - decay);
}

void Average::swap(torch::nn::Module& module) {
  torch::NoGradGuard no_grad;
  for (auto& item : module.named_parameters()) {
    const auto mine = values_[item.key()].clone();
    values_[item.key()].copy_(item.value());
    item.value().copy_(mine);
  }
}

void Average::write(std::map<std::string, torch::Tensor>& tensors) const {
  for (const auto& [name, value] : values_) tensors.emplace("average." + name, value);
}

namespace {

constexpr const char* kDamaged = " is not a checkpoint of `ahap-lab train`, or is damaged.";
constexpr const char* kOther =
    " is a checkpoint of other networks than these: of another stage, or of other sizes.";

[[noreturn]] void fail(const std::filesystem::path& file, const char* what) {
  throw std::runtime_error(file.string() + what);
}

// What goes wrong while a checkpoint is read makes it a damaged one.
template <typename Read>
auto of_checkpoint(const std::filesystem::path& file, Read&& read) {
  try {
    return read();
  } catch (const std::exception&) {
    fail(file, kDamaged);
  }
}

// Parameters and buffers, by name.
std::map<std::string, torch::Tensor> tensors_of(const torch::nn::Module& module) {
  std::map<std::string, torch::Tensor> all;
  for (const auto& item : module.named_parameters()) all.emplace("module." + item.key(), item.value());
  for (const auto& item : module.named_buffers()) all.emplace("module." + item.key(), item.value());
  return all;
}

// Where the optimizer keeps a parameter's state: under a text in LibTorch 1, a pointer in LibTorch 2.
template <typename States>
auto key_of(const States&, const torch::Tensor& parameter) {
  using Key = typename States::key_type;
  if constexpr (std::is_same_v<Key, std::string>) {
    return (std::ostringstream() << parameter.unsafeGetTensorImpl()).str();
  } else {
    return Key(parameter.unsafeGetTensorImpl());
  }
}

std::vector<torch::Tensor> parameters_of(const torch::optim::AdamW& optimizer) {
  std::vector<torch::Tensor> all;
  for (const auto& group : optimizer.param_groups())
    all.insert(all.end(), group.params().begin(), group.params().end());
  return all;
}

std::string adaptive(std::size_t parameter, const char* what) {
  return "adamw." + std::to_string(parameter) + '.' + what;
}

}  // namespace

std::string saved(const TrainingState& state) {
  std::map<std::string, torch::Tensor> tensors = tensors_of(state.module);
  state.average.write(tensors);
  for (std::size_t i = 0; i < state.muon.momenta().size(); ++i)
    tensors.emplace("muon." + std::to_string(i), state.muon.momenta()[i]);
  const auto parameters = parameters_of(state.optimizer);
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const auto& states = state.optimizer.state();
    const auto found = states.find(key_of(states, parameters[i]));
    if (found == states.end()) continue;  // before its first step
    const auto& adamw = static_cast<const torch::optim::AdamWParamState&>(*found->second);
    tensors.emplace(adaptive(i, "step"), torch::tensor({adamw.step()}, torch::kLong));
    tensors.emplace(adaptive(i, "exp_avg"), adamw.exp_avg());
    tensors.emplace(adaptive(i, "exp_avg_sq"), adamw.exp_avg_sq());
  }
  std::ostringstream bytes;
  write_safetensors(bytes, tensors,
                    {{"step", std::to_string(state.step)},
                     {"seconds", nlohmann::json(state.seconds).dump()},
                     {"sums", nlohmann::json(state.sums).dump()},
                     {"configuration", state.configuration.dump()}});
  return std::move(bytes).str();
}

namespace {

// Refuses a checkpoint that another configuration made, by the first setting that differs.
void require_configuration(const nlohmann::ordered_json& theirs, const nlohmann::ordered_json& ours,
                           const std::filesystem::path& file) {
  const std::string key = first_difference(theirs, ours);
  if (key.empty()) return;
  const auto at = [&](const nlohmann::ordered_json& json) {
    const auto* value = &json;
    std::istringstream path(key);
    for (std::string name; std::getline(path, name, '.');) {
      if (!value->is_object() || !value->contains(name)) return std::string("nothing");
      value = &(*value)[name];
    }
    return value->dump();
  };
  throw std::runtime_error(file.string() + " was made with another configuration: \"" + key + "\" was " +
                           at(theirs) + " and is " + at(ours) +
                           " now; continue with the old value, or choose another folder with -o.");
}

// What the metadata says besides the configuration.
void read_progress(TrainingState& state, const Checkpoint& checkpoint) {
  of_checkpoint(checkpoint.file, [&] {
    const auto step = parse_json(checkpoint.metadata.at("step"));
    const auto seconds = parse_json(checkpoint.metadata.at("seconds"));
    if (!step.is_number_integer() || step < 0 || step > INT_MAX || !seconds.is_number())
      throw std::out_of_range("step");
    state.step = step.get<int>();
    state.seconds = seconds.get<double>();
    state.sums = parse_json(checkpoint.metadata.at("sums")).get<Measures>();
  });
}

// Copies a stored tensor over one of ours of the same shape and type.
void take(const Checkpoint& checkpoint, const std::string& name, const torch::Tensor& into) {
  const auto stored = checkpoint.tensors.find(name);
  if (stored == checkpoint.tensors.end() || stored->second.sizes() != into.sizes() ||
      stored->second.scalar_type() != into.scalar_type()) {
    fail(checkpoint.file, kOther);
  }
  torch::NoGradGuard no_grad;
  torch::Tensor(into).copy_(stored->second);
}

}  // namespace

void Average::read(const Checkpoint& checkpoint) {
  for (const auto& [name, value] : values_) take(checkpoint, "average." + name, value);
}

void load(TrainingState& state, std::string bytes, const std::filesystem::path& file) {
  const Checkpoint checkpoint =
      of_checkpoint(file, [&] { return parse_safetensors(std::move(bytes), file); });
  const auto configuration = checkpoint.metadata.find("configuration");
  if (configuration == checkpoint.metadata.end()) fail(file, kDamaged);
  const auto theirs =
      of_checkpoint(file, [&] { return parse_json<nlohmann::ordered_json>(configuration->second); });
  require_configuration(theirs, state.configuration, file);
  read_progress(state, checkpoint);
  for (const auto& [name, tensor] : tensors_of(state.module)) take(checkpoint, name, tensor);
  state.average.read(checkpoint);
  for (std::size_t i = 0; i < state.muon.momenta().size(); ++i)
    take(checkpoint, "muon." + std::to_string(i), state.muon.momenta()[i]);
  const auto parameters = parameters_of(state.optimizer);
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    if (!checkpoint.tensors.contains(adaptive(i, "step"))) continue;
    auto adamw = std::make_unique<torch::optim::AdamWParamState>();
    const auto step = torch::zeros({1}, torch::kLong);
    const auto mean = torch::zeros_like(parameters[i]), square = torch::zeros_like(parameters[i]);
    take(checkpoint, adaptive(i, "step"), step);
    take(checkpoint, adaptive(i, "exp_avg"), mean);
    take(checkpoint, adaptive(i, "exp_avg_sq"), square);
    adamw->step(step.item<std::int64_t>());
    adamw->exp_avg(mean);
    adamw->exp_avg_sq(square);
    state.optimizer.state()[key_of(state.optimizer.state(), parameters[i])] = std::move(adamw);
  }
}

std::string read_bytes(const std::filesystem::path& file) {
  std::ifstream in = open_input_file(file);
  std::ostringstream bytes;
  if (in.peek() != std::ifstream::traits_type::eof()) bytes << in.rdbuf();
  return std::move(bytes).str();
}

void load_averaged(torch::nn::Module& module, const std::filesystem::path& checkpoint) {
  if (!std::filesystem::is_regular_file(checkpoint)) {
    throw std::runtime_error(checkpoint.string() +
                             " is not a file; a checkpoint.safetensors of `ahap-lab train` is wanted.");
  }
  const Checkpoint stored = of_checkpoint(checkpoint, [&] { return read_safetensors(checkpoint); });
  Average average(module);
  average.read(stored);
  average.swap(module);
}

}  // namespace ahap

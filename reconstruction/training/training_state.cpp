#include "reconstruction/training/training_state.h"

#include <fstream>
#include <sstream>

#include "reconstruction/formats/input_file.h"
#include "reconstruction/formats/parse_json.h"
#include "reconstruction/networks/device.h"
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

void Average::save(torch::serialize::OutputArchive& archive) const {
  torch::serialize::OutputArchive values;
  for (const auto& [name, value] : values_) values.write(name, value, /*is_buffer=*/true);
  archive.write("average", values);
}

void Average::load(torch::serialize::InputArchive& archive) {
  torch::NoGradGuard no_grad;
  torch::serialize::InputArchive values;
  archive.read("average", values);
  for (auto& [name, value] : values_) {
    torch::Tensor stored;
    values.read(name, stored, /*is_buffer=*/true);
    if (stored.sizes() != value.sizes()) throw std::invalid_argument(name);
    value.copy_(stored);
  }
}

std::string saved(const TrainingState& state) {
  torch::serialize::OutputArchive archive, weights, optimizer, momenta;
  state.module.save(weights);
  archive.write("module", weights);
  state.optimizer.save(optimizer);
  archive.write("optimizer", optimizer);
  state.muon.save(momenta);
  archive.write("momenta", momenta);
  state.average.save(archive);
  archive.write("step", c10::IValue(int64_t(state.step)));
  archive.write("seconds", c10::IValue(state.seconds));
  archive.write("sums", c10::IValue(nlohmann::json(state.sums).dump()));
  archive.write("configuration", c10::IValue(state.configuration.dump()));
  std::ostringstream bytes;
  archive.save_to(bytes);
  return std::move(bytes).str();
}

namespace {

// LibTorch's errors are pages about its own source; the reader of a checkpoint needs the file and what to do.
template <typename Action>
auto of_checkpoint(const std::filesystem::path& file, const char* what, Action&& action) {
  try {
    return action();
  } catch (const std::exception&) {
    throw std::runtime_error(file.string() + what);
  }
}

constexpr const char* kDamaged = " is not a checkpoint of `ahap train`, or is damaged.";
constexpr const char* kOther = " is a checkpoint of other networks than these: of another stage, or of other sizes.";

torch::serialize::InputArchive open_archive(const std::string& bytes, const std::filesystem::path& file, torch::Device device) {
  return of_checkpoint(file, kDamaged, [&] {
    torch::serialize::InputArchive archive;
    archive.load_from(bytes.data(), bytes.size(), device);
    return archive;
  });
}

}  // namespace

void load(TrainingState& state, const std::string& bytes, const std::filesystem::path& file) {
  auto archive = open_archive(bytes, file, device_of(state.module));
  c10::IValue stored;
  if (!archive.try_read("configuration", stored)) {
    throw std::runtime_error(file.string() + " does not say which configuration made it, so it cannot be continued exactly; " +
                             "choose another folder with -o, and start from its weights with --initial " + file.string() + ".");
  }
  const auto theirs = of_checkpoint(file, kDamaged, [&] { return parse_json<nlohmann::ordered_json>(stored.toStringRef()); });
  const std::string key = first_difference(theirs, state.configuration);
  if (!key.empty()) {
    const auto at = [&](const nlohmann::ordered_json& json) {
      const auto* value = &json;
      std::istringstream path(key);
      for (std::string name; std::getline(path, name, '.');) {
        if (!value->is_object() || !value->contains(name)) return std::string("nothing");
        value = &(*value)[name];
      }
      return value->dump();
    };
    throw std::runtime_error(file.string() + " was made with another configuration: \"" + key + "\" was " + at(theirs) +
                             " and is " + at(state.configuration) +
                             " now; continue with the old value, or choose another folder with -o.");
  }
  of_checkpoint(file, kOther, [&] {
    torch::serialize::InputArchive weights, optimizer, momenta;
    archive.read("module", weights);
    state.module.load(weights);
    archive.read("optimizer", optimizer);
    state.optimizer.load(optimizer);
    archive.read("momenta", momenta);
    state.muon.load(momenta);
    state.average.load(archive);
    archive.read("step", stored);
    state.step = int(stored.toInt());
    archive.read("seconds", stored);
    state.seconds = stored.toDouble();
    archive.read("sums", stored);
    state.sums = parse_json(stored.toStringRef()).get<Measures>();
  });
}

std::string read_bytes(const std::filesystem::path& file) {
  std::ifstream in = open_input_file(file);
  std::ostringstream bytes;
  if (in.peek() != std::ifstream::traits_type::eof()) bytes << in.rdbuf();
  return std::move(bytes).str();
}

void load_averaged(torch::nn::Module& module, const std::filesystem::path& checkpoint) {
  if (!std::filesystem::is_regular_file(checkpoint)) {
    throw std::runtime_error(checkpoint.string() + " is not a file; a checkpoint.pt of `ahap train` is wanted.");
  }
  auto archive = open_archive(read_bytes(checkpoint), checkpoint, torch::kCPU);
  Average average(module);
  of_checkpoint(checkpoint, kOther, [&] { average.load(archive); });
  average.swap(module);
}

}  // namespace ahap

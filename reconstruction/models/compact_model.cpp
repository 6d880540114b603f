#include "reconstruction/models/compact_model.h"

#include <fstream>
#include <nlohmann/json.hpp>

#include "reconstruction/branches/compact/compact_human.h"
#include "reconstruction/checkpoints/checkpoint.h"
#include "reconstruction/formats/safe_write.h"
#include "reconstruction/models/compact_model_sizes.h"
#include "reconstruction/models/model_directory.h"

namespace ahap {

CompactNetworks::CompactNetworks(const CompactModelConfig& config)
    : config(config),
      scene(config.scene),
      detector(config.scene.feature_dim, config.scene.head_dim),
      instance(config.instance),
      heads(config.association, config.head) {}

namespace {

std::map<std::string, torch::Tensor> half_precision(const torch::nn::Module& module,
                                                    const std::string& prefix) {
  std::map<std::string, torch::Tensor> tensors;
  for (const auto& item : module.named_parameters()) {
    tensors[prefix + item.key()] = item.value().detach().to(torch::kHalf).contiguous();
  }
  return tensors;
}

void load(torch::nn::Module& module, const Checkpoint& checkpoint, const std::string& prefix,
          std::vector<std::string> ignored = {}) {
  LoadIntoOptions options;
  options.prefix = prefix;
  options.ignored = std::move(ignored);
  load_into(module, checkpoint, options);
  module.eval();
}

}  // namespace

void save_compact_model(CompactNetworks& networks, const std::filesystem::path& directory) {
  std::filesystem::create_directories(directory);
  save_safetensors(half_precision(*networks.scene, "scene."), {}, directory / "scene.safetensors");
  auto human = half_precision(*networks.detector, "detector.");
  human.merge(half_precision(*networks.instance, "instance."));
  save_safetensors(human, {}, directory / "human.safetensors");
  save_safetensors(half_precision(*networks.heads, ""), {}, directory / "ahap.safetensors");
  const nlohmann::json json = {
      {"name", "compact"},
      {"kind", "compact"},
      {"primary_keypoint", "pelvis"},
      {"licence", "same as the program"},
      {"files",
       {{"scene", "scene.safetensors"}, {"human", "human.safetensors"}, {"ahap", "ahap.safetensors"}}},
      {"networks", networks.config}};
  safe_write(directory / "model.json", [&](std::ostream& out) { out << json.dump(2) << '\n'; });
}

namespace {

std::filesystem::path file_of(const ModelDescription& description, const char* part) {
  const auto file = description.files.find(part);
  if (file != description.files.end()) return file->second;
  throw std::runtime_error((description.directory / "model.json").string() + ": names no file for \"" + part +
                           "\", which a compact model has");
}

}  // namespace

CompactNetworks load_compact_model(const std::filesystem::path& directory) {
  const ModelDescription description = read_model_description(directory);
  CompactNetworks networks(read_compact_sizes(directory / "model.json"));
  load(*networks.scene, read_checkpoint(file_of(description, "scene")), "scene.");
  const Checkpoint human = read_checkpoint(file_of(description, "human"));
  load(*networks.detector, human, "detector.");
  load(*networks.instance, human, "instance.");
  load(*networks.heads, read_checkpoint(file_of(description, "ahap")), "");
  for (torch::nn::Module* module : std::vector<torch::nn::Module*>{
           networks.scene.get(), networks.detector.get(), networks.instance.get()}) {
    to_channels_last(*module);
  }
  return networks;
}

CompactScene load_compact_scene(const std::filesystem::path& directory) {
  const ModelDescription description = read_model_description(directory);
  CompactScene scene(read_compact_sizes(directory / "model.json").scene);
  load(*scene, read_checkpoint(file_of(description, "scene")), "scene.");
  to_channels_last(*scene);
  return scene;
}

}  // namespace ahap

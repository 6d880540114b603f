#include "reconstruction/compact_model.h"

#include <fstream>
#include <nlohmann/json.hpp>

#include "reconstruction/checkpoints/checkpoint.h"
#include "reconstruction/formats/input_file.h"
#include "reconstruction/formats/safe_write.h"
#include "reconstruction/human/compact_human.h"

namespace ahap {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(CompactSceneConfig, input_size, widths, transformer_layers, heads, feature_dim, head_dim)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(InstanceConfig, picture_size, widths, feature_dim, yaw_bins)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(AssociationConfig, human_dim, scene_dim, dim, heads, queries, embedding_dim, seeded_queries)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(HumanHeadConfig, human_dim, detection_dim, scene_dim, projected_scene_dim, person_dim, dim,
                                   heads, layers)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(DetectionOptions, threshold, mask_threshold)

CompactModelConfig::CompactModelConfig(const CompactSceneConfig& scene, const InstanceConfig& instance)
    : scene(scene), instance(instance) {
  const int detection_dim = instance.feature_dim + kAppearanceDim;
  association.human_dim = detection_dim;
  association.scene_dim = scene.feature_dim;
  association.dim = 256;
  association.heads = 8;
  association.embedding_dim = 64;
  association.seeded_queries = true;
  head.human_dim = scene.head_dim;
  head.detection_dim = detection_dim;
  head.scene_dim = scene.feature_dim;
  head.projected_scene_dim = 64;
  head.person_dim = association.dim;
  head.dim = 256;
  head.heads = 8;
  head.layers = 2;
}

void to_json(nlohmann::json& json, const CompactModelConfig& config) {
  json = {{"scene", config.scene},
          {"instance", config.instance},
          {"association", config.association},
          {"head", config.head},
          {"detection", config.detection}};
}

void from_json(const nlohmann::json& json, CompactModelConfig& config) {
  json.at("scene").get_to(config.scene);
  json.at("instance").get_to(config.instance);
  json.at("association").get_to(config.association);
  json.at("head").get_to(config.head);
  json.at("detection").get_to(config.detection);
}

CompactNetworks::CompactNetworks(const CompactModelConfig& config)
    : config(config),
      scene(config.scene),
      detector(config.scene.feature_dim, config.scene.head_dim),
      instance(config.instance),
      heads(config.association, config.head) {}

namespace {

std::map<std::string, torch::Tensor> half_precision(const torch::nn::Module& module, const std::string& prefix) {
  std::map<std::string, torch::Tensor> tensors;
  for (const auto& item : module.named_parameters()) {
    tensors[prefix + item.key()] = item.value().detach().to(torch::kHalf).contiguous();
  }
  return tensors;
}

void load(torch::nn::Module& module, const Checkpoint& checkpoint, const std::string& prefix,
          std::vector<std::string> ignored = {}) {
  LoadOptions options;
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
      {"files", {{"scene", "scene.safetensors"}, {"human", "human.safetensors"}, {"ahap", "ahap.safetensors"}}},
      {"networks", networks.config}};
  safe_write(directory / "model.json", [&](std::ostream& out) { out << json.dump(2) << '\n'; });
}

CompactNetworks load_compact_model(const std::filesystem::path& directory) {
  const auto file = directory / "model.json";
  std::ifstream in = open_input_file(file);
  if (!in) throw std::runtime_error("Cannot read " + file.string() + "; a model is a directory with a model.json.");
  CompactModelConfig config;
  nlohmann::json json;
  try {
    json = nlohmann::json::parse(in);
    json.at("networks").get_to(config);
  } catch (const nlohmann::json::exception& error) {
    throw std::runtime_error(file.string() + " is damaged: " + error.what());
  }
  const auto& files = json.at("files");
  const auto named = [&](const char* key) { return directory / files.at(key).get<std::string>(); };
  CompactNetworks networks(config);
  load(*networks.scene, read_checkpoint(named("scene")), "scene.");
  const Checkpoint human = read_checkpoint(named("human"));
  load(*networks.detector, human, "detector.");
  load(*networks.instance, human, "instance.");
  load(*networks.heads, read_checkpoint(named("ahap")), "");
  for (torch::nn::Module* module : std::vector<torch::nn::Module*>{networks.scene.get(), networks.detector.get(),
                                                                   networks.instance.get()}) {
    to_channels_last(*module);
  }
  return networks;
}

}  // namespace ahap

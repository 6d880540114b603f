#include "reconstruction/models/full_model.h"

#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "reconstruction/body/procedural_body.h"
#include "reconstruction/body/smplx_model.h"
#include "reconstruction/branches/mast3r/mast3r.h"
#include "reconstruction/branches/multi_hmr/multi_hmr_branch.h"
#include "reconstruction/formats/input_file.h"
#include "reconstruction/formats/parse_json.h"
#include "reconstruction/formats/safe_write.h"
#include "reconstruction/models/scene_network.h"

namespace ahap {
namespace {

const std::filesystem::path& full_model_file(const ModelDescription& description, const std::string& part) {
  const auto file = description.files.find(part);
  if (file != description.files.end()) return file->second;
  throw std::runtime_error((description.directory / "model.json").string() + " names no file for \"" + part +
                           "\", which a full model needs.");
}

void require_size(const ModelDescription& description, const std::string& part,
                  const std::filesystem::path& file, const std::string& holds, const std::string& size) {
  const auto wanted = description.sizes.find(part);
  if (wanted == description.sizes.end() || wanted->second == size) return;
  throw std::runtime_error(file.string() + " holds the weights of " + holds + ", but its model.json says " +
                           wanted->second);
}

// The AHAP heads at full size (spec sections 2 to 4) on top of features of these widths.
AhapHeads heads_of_widths(int human_dim, int scene_dim, bool seeded_queries) {
  AssociationConfig association;
  association.human_dim = human_dim;
  association.scene_dim = scene_dim;
  association.seeded_queries = seeded_queries;
  HumanHeadConfig head;
  head.human_dim = head.detection_dim = human_dim;
  head.scene_dim = scene_dim;
  return AhapHeads(association, head);
}

AhapHeads load_heads(const Checkpoint& checkpoint, int human_dim, int scene_dim, torch::Device device) {
  AhapHeads heads =
      heads_of_widths(human_dim, scene_dim, checkpoint.tensors.contains("association.seed.weight"));
  load_into(*heads, checkpoint, {.device = device});
  heads->eval();
  return heads;
}

void require_files(const ModelDescription& description) {
  if (description.missing.empty()) return;
  throw std::runtime_error("The model " + description.name +
                           " is not complete: " + description.missing.front().string() +
                           " is missing; `ahap models` says where the files come from.");
}

// Our heads decode SMPL bodies; without them people are what Multi-HMR says, SMPL-X bodies where there is a
// file of that.
BodyModel body_of(const ModelDescription& description, const MultiHmrConfig& human) {
  const auto& files = description.files;
  if (!files.contains("ahap") && files.contains("smplx"))
    return load_smplx_model(files.at("smplx"), human.decoder.betas, kSmplxExpressions).body;
  return files.contains("body") ? load_body_model(files.at("body")) : procedural_body();
}

// The scene network's weights; those of MASt3R may need DUNE's beside them.
Checkpoint read_scene(const ModelDescription& description) {
  Checkpoint scene = read_checkpoint(full_model_file(description, "scene"));
  const auto dune = description.files.find("dune");
  if (scene.kind() != CheckpointKind::dune_mast3r || !lacks_encoder(scene) || dune == description.files.end())
    return scene;
  return with_encoder(std::move(scene), read_checkpoint(dune->second));
}

}  // namespace

std::shared_ptr<Model> load_full_model(const ModelDescription& description, torch::Device device, bool bf16) {
  require_files(description);
  const Checkpoint scene = read_scene(description),
                   human = read_checkpoint(full_model_file(description, "human"));
  const SceneNetwork scene_network = scene_network_of(scene);
  const MultiHmrConfig human_config = multi_hmr_config(human);
  require_size(description, "scene", scene.file, scene_network.holds(), scene_network.size);
  require_size(description, "human", human.file, "Multi-HMR " + human_config.size, human_config.size);

  auto model = std::make_shared<Model>();
  model->name = description.name;
  model->primary_keypoint = "head";
  model->detection_threshold = description.detection_threshold;
  model->body = std::make_shared<Smpl>(body_of(description, human_config));
  model->scene = load_scene_branch(scene, device, bf16);
  model->human = std::make_unique<MultiHmrBranch>(load_multi_hmr(human, device), model->body, device, bf16);
  if (const auto heads = description.files.find("ahap"); heads != description.files.end())
    model->heads = load_heads(read_checkpoint(heads->second), human_config.backbone.dim,
                              scene_network.feature_dim, device);
  return model;
}

AhapHeads make_heads(const ModelDescription& description) {
  require_files(description);
  return heads_of_widths(
      multi_hmr_config(read_checkpoint_outline(description.files.at("human"))).backbone.dim,
      scene_network_of(read_checkpoint_outline(description.files.at("scene"))).feature_dim,
      /*seeded_queries=*/false);
}

void save_full_model(const ModelDescription& networks, const AhapHeads& heads,
                     const std::filesystem::path& directory) {
  constexpr const char* kHeads = "ahap.safetensors";
  std::filesystem::create_directories(directory);
  std::map<std::string, torch::Tensor> tensors;
  for (const auto& item : heads->named_parameters())
    tensors[item.key()] = item.value().detach().to(torch::kHalf).contiguous();
  save_safetensors(tensors, {}, directory / kHeads);
  std::ifstream in = open_input_file(networks.directory / "model.json");
  nlohmann::ordered_json json = parse_json<nlohmann::ordered_json>(in);
  for (auto& [part, file] : json.at("files").items())
    file = std::filesystem::absolute(networks.files.at(part)).string();
  json["files"]["ahap"] = kHeads;
  safe_write(directory / "model.json", [&](std::ostream& out) { out << json.dump(2) << '\n'; });
}

}  // namespace ahap

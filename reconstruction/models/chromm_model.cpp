#include "reconstruction/models/chromm_model.h"

#include <stdexcept>

#include "reconstruction/body/procedural_body.h"
#include "reconstruction/body/smplx_model.h"
#include "reconstruction/models/scene_network.h"

namespace ahap {
namespace {

const std::filesystem::path& chromm_file(const ModelDescription& description, const std::string& part) {
  const auto file = description.files.find(part);
  if (file != description.files.end()) return file->second;
  throw std::runtime_error((description.directory / "model.json").string() + " names no file for \"" + part +
                           "\", which a model of kind chromm needs.");
}

// Pi3X: the others' points are not in metres, or their views not in one world of their own making.
Checkpoint read_pi3x(const std::filesystem::path& file) {
  Checkpoint scene = read_checkpoint(file);
  if (scene.kind() == CheckpointKind::pi3x) return scene;
  throw std::runtime_error(file.string() + " holds " + describe(scene.kind()) +
                           "; CHROMM's scene branch is Pi3X.");
}

ChrommHeads read_own_heads(const std::filesystem::path& file, const SceneNetwork& scene,
                           torch::Device device) {
  ChrommHeads heads = load_chromm_heads(read_checkpoint(file), device);
  if (heads->config.scene_dim == scene.feature_dim) return heads;
  throw std::runtime_error(file.string() + " holds CHROMM heads for " +
                           std::to_string(heads->config.scene_dim) + " channels of the scene, and " +
                           scene.name + " gives " + std::to_string(scene.feature_dim) + ".");
}

}  // namespace

std::shared_ptr<Model> load_chromm_model(const ModelDescription& description, torch::Device device,
                                         bool bf16) {
  const auto& files = description.files;
  const std::filesystem::path &scene_file = chromm_file(description, "scene"),
                              &human_file = chromm_file(description, "human");
  if (!description.missing.empty()) {
    throw std::runtime_error("The model " + description.name +
                             " is not complete: " + description.missing.front().string() +
                             " is missing; `ahap models` says where the files come from.");
  }
  auto chromm = std::make_shared<ChrommModel>();
  chromm->name = description.name;
  const Checkpoint scene = read_pi3x(scene_file);
  chromm->scene = load_scene_branch(scene, device, bf16);
  chromm->body_model = std::make_shared<BodyModel>(files.contains("body") ? load_body_model(files.at("body"))
                                                                          : procedural_body());
  chromm->body = std::make_shared<Smpl>(*chromm->body_model);
  if (files.contains("smplx"))
    chromm->smplx =
        std::make_shared<Smpl>(load_smplx_model(files.at("smplx"), kSmplBetas, kSmplxExpressions).body);
  ChrommHeads heads{nullptr};
  if (files.contains("chromm")) heads = read_own_heads(files.at("chromm"), scene_network_of(scene), device);
  chromm->people =
      std::make_unique<ChrommNetwork>(load_multi_hmr(read_checkpoint(human_file), device), std::move(heads),
                                      chromm->smplx ? chromm->smplx : chromm->body, device, bf16);
  auto model = std::make_shared<Model>();
  model->name = description.name;
  model->primary_keypoint = "head";
  model->detection_threshold = chromm->detection_threshold;
  model->chromm = std::move(chromm);
  return model;
}

}  // namespace ahap

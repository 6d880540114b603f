#pragma once

#include <filesystem>
#include <memory>
#include <nlohmann/json_fwd.hpp>

#include "reconstruction/ahap/ahap_heads.h"
#include "reconstruction/body_layer/smpl.h"
#include "reconstruction/branches/compact/compact_detector.h"
#include "reconstruction/branches/compact/compact_scene.h"
#include "reconstruction/branches/compact/instance_network.h"

namespace ahap {

// Sizes of the compact model, as model.json holds them.
struct CompactModelConfig {
  CompactSceneConfig scene;
  InstanceConfig instance;
  AssociationConfig association;
  HumanHeadConfig head;
  DetectionOptions detection;

  // The sizes that ship, or those that go with these branches.
  explicit CompactModelConfig(const CompactSceneConfig& scene = {}, const InstanceConfig& instance = {});
};

void to_json(nlohmann::json& json, const CompactModelConfig& config);

// The compact model's networks under the names of their weight files.
struct CompactNetworks {
  explicit CompactNetworks(const CompactModelConfig& config);

  CompactModelConfig config;
  CompactScene scene;
  CompactDetector detector;
  InstanceNetwork instance;
  AhapHeads heads;
};

// scene.safetensors, human.safetensors and ahap.safetensors (float16), and model.json, into a directory.
void save_compact_model(CompactNetworks& networks, const std::filesystem::path& directory);
// Strict: a missing or misshapen tensor is named with its file and both shapes.
CompactNetworks load_compact_model(const std::filesystem::path& directory);
CompactScene load_compact_scene(const std::filesystem::path& directory);  // the scene network alone

}  // namespace ahap

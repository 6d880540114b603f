#include "reconstruction/models/scene_network.h"

#include <stdexcept>

#include "reconstruction/branches/depth_anything3/depth_anything3.h"
#include "reconstruction/branches/mast3r/mast3r_branch.h"
#include "reconstruction/branches/pi3/pi3.h"

namespace ahap {
namespace {

bool is_pi3(CheckpointKind kind) {
  return kind == CheckpointKind::pi3 || kind == CheckpointKind::pi3x;
}

bool is_mast3r(CheckpointKind kind) {
  return kind == CheckpointKind::dune_mast3r;
}

bool is_depth_anything3(CheckpointKind kind) {
  return kind == CheckpointKind::depth_anything3 || kind == CheckpointKind::depth_anything3_nested;
}

void require_scene_network(const Checkpoint& checkpoint) {
  const CheckpointKind kind = checkpoint.kind();
  if (is_scene_network(kind)) return;
  throw std::runtime_error(checkpoint.file.string() + " holds " + describe(kind) + ", not " +
                           describe(CheckpointKind::depth_anything3) + ", " + describe(CheckpointKind::pi3) +
                           ", " + describe(CheckpointKind::pi3x) + " or " +
                           describe(CheckpointKind::dune_mast3r));
}

}  // namespace

bool is_scene_network(CheckpointKind kind) {
  return is_depth_anything3(kind) || is_pi3(kind) || is_mast3r(kind);
}

SceneNetwork scene_network_of(const Checkpoint& checkpoint) {
  require_scene_network(checkpoint);
  SceneNetwork network;
  network.input_size = kTrainedGrid * kPatch;
  if (is_pi3(checkpoint.kind())) {
    Pi3Config config = pi3_config(checkpoint);
    config.conditions = false;
    network.name = config.name();
    network.width = config.encoder.dim;
    network.feature_dim = config.feature_dim();
    network.memory = memory_of(Pi3(config), network.input_size);
  } else if (is_mast3r(checkpoint.kind())) {
    const Mast3rConfig config = mast3r_config(checkpoint);
    network.name = "MASt3R with DUNE";
    network.size = config.encoder.size();
    network.width = config.encoder.dim;
    network.feature_dim = config.encoder.dim;
    network.memory = memory_of(Mast3r(config), network.input_size);
  } else {
    const DepthAnything3Config config = depth_anything3_config(checkpoint);
    network.name = "Depth Anything 3";
    network.size = config.size;
    network.width = config.backbone.vit.dim;
    network.feature_dim = config.head.feature_dim;
    network.memory = memory_of(DepthAnything3(config), network.input_size);
  }
  return network;
}

void check_scene_network(const Checkpoint& checkpoint) {
  require_scene_network(checkpoint);
  const CheckpointKind kind = checkpoint.kind();
  (is_pi3(kind) ? check_pi3 : is_mast3r(kind) ? check_mast3r : check_depth_anything3)(checkpoint);
}

std::unique_ptr<SceneBranch> load_scene_branch(const Checkpoint& checkpoint, torch::Device device,
                                               bool bf16) {
  require_scene_network(checkpoint);
  if (is_pi3(checkpoint.kind())) {
    return std::make_unique<Pi3Branch>(load_pi3(checkpoint, device, /*conditions=*/false), device, bf16);
  }
  if (is_mast3r(checkpoint.kind()))
    return std::make_unique<Mast3rBranch>(load_mast3r(checkpoint, device), device, bf16);
  return std::make_unique<DepthAnything3Branch>(load_depth_anything3(checkpoint, device), device, bf16);
}

}  // namespace ahap

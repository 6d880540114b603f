#pragma once

#include <memory>
#include <string>

#include "reconstruction/branches/scene_branch.h"
#include "reconstruction/checkpoints/checkpoint.h"
#include "reconstruction/models/network_memory.h"

namespace ahap {

// A published network that can be the scene branch of a full model.
struct SceneNetwork {
  std::string name;      // "Depth Anything 3", "Pi3", "Pi3X", "MASt3R with DUNE"
  std::string size;      // "Giant"; empty where there is only one
  int width = 0;         // channels of its backbone
  int feature_dim = 0;   // of F_scene
  int input_size = 0;    // side of its square input, pixels
  NetworkMemory memory;  // at that size

  std::string holds() const { return size.empty() ? name : name + " " + size; }
};

bool is_scene_network(CheckpointKind kind);

// The network whose weights the checkpoint holds; an outline of the file is enough. Throws a sentence that
// names the file when it holds something else.
SceneNetwork scene_network_of(const Checkpoint& checkpoint);
// Throws what loading would throw; an outline of the file is enough.
void check_scene_network(const Checkpoint& checkpoint);
std::unique_ptr<SceneBranch> load_scene_branch(const Checkpoint& checkpoint, torch::Device device, bool bf16);

}  // namespace ahap

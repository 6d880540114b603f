#pragma once

#include <torch/torch.h>

#include <memory>

#include "reconstruction/checkpoints/model_directory.h"
#include "reconstruction/models.h"

namespace ahap {

// A model of kind "full": the published networks from their official files. Its model.json:
//   files     scene: Depth Anything 3 (any-view), human: Multi-HMR; optionally body: SMPL, else the program's
//   own body networks  optionally scene: {"size": "Giant"}, human: {"size": "L"}, checked against what the
//   files hold, and
//             detection: {"threshold": 0.3}
// Throws a sentence that names the file (and tensor) that is missing or wrong.
std::shared_ptr<Models> load_full_model(const ModelDescription& description, torch::Device device, bool bf16);

}  // namespace ahap

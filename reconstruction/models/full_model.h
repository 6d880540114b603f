#pragma once

#include <torch/torch.h>

#include <memory>

#include "reconstruction/models/model.h"
#include "reconstruction/models/model_directory.h"

namespace ahap {

// A model of kind "full": the published networks from their official files. Its model.json:
//   files     scene: Depth Anything 3 (any-view), Pi3 or Pi3X, human: Multi-HMR; optionally body: SMPL, else
//             the program's own body
//   networks  optionally scene: {"size": "Giant"}, human: {"size": "L"}, checked against what the files hold,
//             and detection: {"threshold": 0.3}
// Throws a sentence that names the file (and tensor) that is missing or wrong.
std::shared_ptr<Model> load_full_model(const ModelDescription& description, torch::Device device, bool bf16);

// Untrained heads of the sizes of spec sections 2 to 4 for the networks of a full model.
AhapHeads make_heads(const ModelDescription& description);

// A full model in `directory` (created where there is none): its networks are the files of `networks`, where
// they are; the heads are written beside its model.json.
void save_full_model(const ModelDescription& networks, const AhapHeads& heads,
                     const std::filesystem::path& directory);

}  // namespace ahap

#pragma once

#include <torch/torch.h>

#include <memory>
#include <string>

#include "reconstruction/body_layer/smpl.h"
#include "reconstruction/branches/human3r/human3r.h"
#include "reconstruction/models/model.h"
#include "reconstruction/models/model_directory.h"

namespace ahap {

// The model for a video of one moving camera: Human3R, and the bodies that its people get.
struct Human3rModel {
  std::string name;
  Human3r network{nullptr};
  torch::Device device = torch::kCPU;
  bool bf16 = false;
  double detection_threshold = 0.3;
  std::shared_ptr<const BodyModel> body_model;  // SMPL's: the file's, else the program's own
  std::shared_ptr<const Smpl> body;             // its layer
  std::shared_ptr<const Smpl> smplx;  // of shape and expression, 10 each; null: no file of it is there
};

// A model of kind "human3r": the network from its official file. Its model.json names as files human3r, and
// optionally body (SMPL) and smplx (SMPL-X). Throws a sentence that names the file that is missing or wrong.
std::shared_ptr<Model> load_human3r_model(const ModelDescription& description, torch::Device device,
                                          bool bf16);

}  // namespace ahap

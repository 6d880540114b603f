#pragma once

#include <torch/torch.h>

#include <memory>
#include <string>

#include "reconstruction/body_layer/smpl.h"
#include "reconstruction/branches/chromm/chromm_network.h"
#include "reconstruction/models/model.h"
#include "reconstruction/models/model_directory.h"

namespace ahap {

// The model for several people in several views at several instants: Pi3X, Multi-HMR, CHROMM's heads where
// there is a file of them, and the bodies that people get.
struct ChrommModel {
  std::string name;
  std::unique_ptr<SceneBranch> scene;
  std::unique_ptr<ChrommNetwork> people;
  double detection_threshold = 0.3;
  std::shared_ptr<const BodyModel> body_model;  // SMPL's: the file's, else the program's own
  std::shared_ptr<const Smpl> body;             // its layer
  std::shared_ptr<const Smpl> smplx;  // of shape and expression, 10 each; null: no file of it is there
};

// A model of kind "chromm". Its model.json names as files scene (Pi3X) and human (Multi-HMR), and optionally
// chromm (heads of our own layout, docs/models.md), body (SMPL) and smplx (SMPL-X). Throws a sentence that
// names the file that is missing or wrong.
std::shared_ptr<Model> load_chromm_model(const ModelDescription& description, torch::Device device,
                                         bool bf16);

}  // namespace ahap

#pragma once

#include <torch/torch.h>

#include <memory>
#include <string>

#include "reconstruction/body_layer/smpl.h"
#include "reconstruction/branches/photo/photo_people.h"
#include "reconstruction/branches/unish/unish.h"
#include "reconstruction/models/model.h"
#include "reconstruction/models/model_directory.h"

namespace ahap {

// The model for a clip of one moving camera that shows a person: UniSH, what finds the person in each frame,
// and the body that it gets.
struct UnishModel {
  std::string name;
  Unish network{nullptr};
  torch::Device device = torch::kCPU;
  bool bf16 = false;
  std::unique_ptr<PeopleFinder> people;
  double detection_threshold = 0;               // score above which somebody counts
  std::shared_ptr<const BodyModel> body_model;  // SMPL's: the file's, else the program's own
  std::shared_ptr<const Smpl> body;             // its layer
  bool has_shape = false;                       // it is SMPL's, so the network's betas are its own
};

// A model of kind "unish": the network from its official file, with the people networks of the installed
// photo model. Its model.json names as files unish and optionally body (SMPL). Throws a sentence that names
// what is missing or wrong.
std::shared_ptr<Model> load_unish_model(const ModelDescription& description, torch::Device device, bool bf16);

}  // namespace ahap

#include "reconstruction/models/human3r_model.h"

#include <stdexcept>

#include "reconstruction/body/procedural_body.h"
#include "reconstruction/body/smplx_model.h"

namespace ahap {

std::shared_ptr<Model> load_human3r_model(const ModelDescription& description, torch::Device device,
                                          bool bf16) {
  const auto& files = description.files;
  if (!files.contains("human3r")) {
    throw std::runtime_error((description.directory / "model.json").string() +
                             " names no file for \"human3r\", which a model of this kind needs.");
  }
  if (!description.missing.empty()) {
    throw std::runtime_error("The model " + description.name +
                             " is not complete: " + description.missing.front().string() +
                             " is missing; `ahap models` says where the files come from.");
  }
  auto human3r = std::make_shared<Human3rModel>();
  human3r->name = description.name;
  human3r->network = load_human3r(read_checkpoint(files.at("human3r")), device);
  human3r->device = device;
  human3r->bf16 = bf16;
  human3r->body_model = std::make_shared<BodyModel>(files.contains("body") ? load_body_model(files.at("body"))
                                                                           : procedural_body());
  human3r->body = std::make_shared<Smpl>(*human3r->body_model);
  if (files.contains("smplx"))
    human3r->smplx =
        std::make_shared<Smpl>(load_smplx_model(files.at("smplx"), kSmplBetas, kSmplxExpressions).body);
  auto model = std::make_shared<Model>();
  model->name = description.name;
  model->primary_keypoint = "head";
  model->detection_threshold = human3r->detection_threshold;
  model->human3r = std::move(human3r);
  return model;
}

}  // namespace ahap

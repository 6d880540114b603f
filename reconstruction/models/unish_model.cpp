#include "reconstruction/models/unish_model.h"

#include <stdexcept>

#include "reconstruction/body/procedural_body.h"
#include "reconstruction/models/photo_networks.h"

namespace ahap {
namespace {

std::unique_ptr<PeopleFinder> installed_people(torch::Device device) {
  for (const auto& folder : installed_models()) {
    if (folder.filename() != "photo") continue;
    const ModelDescription photo = read_model_description(folder);
    if (photo.missing.empty()) return load_photo_people(photo, device);
  }
  throw std::runtime_error(
      "UniSH is told where the person is by the people networks of the photo model, which are not installed: "
      "`ahap models --install people` installs them.");
}

}  // namespace

std::shared_ptr<Model> load_unish_model(const ModelDescription& description, torch::Device device,
                                        bool bf16) {
  const auto& files = description.files;
  if (!files.contains("unish")) {
    throw std::runtime_error((description.directory / "model.json").string() +
                             " names no file for \"unish\", which a model of this kind needs.");
  }
  if (!description.missing.empty()) {
    throw std::runtime_error("The model " + description.name +
                             " is not complete: " + description.missing.front().string() +
                             " is missing; `ahap models` says where the files come from.");
  }
  auto unish = std::make_shared<UnishModel>();
  unish->name = description.name;
  unish->people = installed_people(device);
  unish->network = load_unish(read_checkpoint(files.at("unish")), device);
  unish->device = device;
  unish->bf16 = bf16;
  unish->detection_threshold = kPhotoThreshold;
  unish->has_shape = files.contains("body");
  unish->body_model =
      std::make_shared<BodyModel>(unish->has_shape ? load_body_model(files.at("body")) : procedural_body());
  unish->body = std::make_shared<Smpl>(*unish->body_model);
  auto model = std::make_shared<Model>();
  model->name = description.name;
  model->detection_threshold = unish->detection_threshold;
  model->unish = std::move(unish);
  return model;
}

}  // namespace ahap

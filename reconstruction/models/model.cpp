#include "reconstruction/models/model.h"

#include <future>
#include <stdexcept>

#include "reconstruction/body/procedural_body.h"
#include "reconstruction/branches/compact/compact_human.h"
#include "reconstruction/checkpoints/torch_refusal.h"
#include "reconstruction/models/chromm_model.h"
#include "reconstruction/models/compact_model.h"
#include "reconstruction/models/full_model.h"
#include "reconstruction/models/human3r_model.h"
#include "reconstruction/models/model_choice.h"
#include "reconstruction/models/photo_model.h"
#include "reconstruction/models/photo_networks.h"
#include "reconstruction/models/unish_model.h"
#include "reconstruction/networks/precision.h"
#include "reconstruction/usable_processors.h"

namespace ahap {
namespace {

std::shared_ptr<Model> load_compact(const ModelDescription& description, torch::Device device, bool bf16) {
  auto body = std::async(std::launch::async, [] { return procedural_body(BodyDetail::full); });
  CompactNetworks networks = load_compact_model(description.directory);
  auto model = std::make_shared<Model>();
  model->name = description.name;
  model->heads = networks.heads;
  model->detection_threshold = networks.config.detection.threshold;
  model->body = std::make_shared<Smpl>(body.get());
  const auto rest = model->body->joints(
      torch::zeros({1, kSmplBetas}), torch::eye(3).expand({1, kSmplJoints, 3, 3}), torch::zeros({1, 3}))[0];
  networks.scene->to(device);
  networks.detector->to(device);
  networks.instance->to(device);
  networks.heads->to(device);
  model->scene = std::make_unique<CompactSceneBranch>(networks.scene, bf16);
  model->human =
      std::make_unique<CompactHumanBranch>(networks.detector, networks.instance, rest,
                                           networks.config.scene.input_size, networks.config.detection, bf16);
  return model;
}

std::shared_ptr<Model> load_photo(const ModelDescription& description, torch::Device device, bool bf16) {
  auto body = std::async(std::launch::async, [] { return procedural_body(BodyDetail::full); });
  auto people = std::async(std::launch::async, [&] { return load_photo_people(description, device); });
  CompactScene scene = load_compact_scene(find_model("compact"));
  scene->to(device);
  auto photo = std::make_shared<PhotoModel>();
  photo->name = description.name;
  photo->people = people.get();
  photo->scene = std::make_unique<CompactSceneBranch>(scene, bf16);
  photo->body = body.get();
  photo->fitted_body = prepare_body(photo->body);
  photo->high_threshold = kPhotoThreshold;
  auto model = std::make_shared<Model>();
  model->name = description.name;
  model->detection_threshold = photo->high_threshold;
  model->photo = std::move(photo);
  return model;
}

}  // namespace

torch::Device torch_device(Device wanted) {
  if (wanted == Device::cuda && !torch::cuda::is_available())
    throw std::runtime_error("There is no CUDA device that this program can use; leave out --device cuda.");
  return wanted != Device::cpu && torch::cuda::is_available() ? torch::kCUDA : torch::kCPU;
}

std::shared_ptr<Model> load_model(const LoadOptions& options) {
  return load_model_on(torch_device(options.device), options);
}

std::shared_ptr<Model> load_model_on(torch::Device device, const LoadOptions& options) {
  const DefaultModel chosen = options.model.empty() ? default_model() : DefaultModel{options.model, ""};
  const ModelDescription description = describe_model(chosen.name);
  at::set_num_threads(usable_processors());
  const bool bf16 = options.precision == Precision::bf16 ||
                    (options.precision == Precision::automatic && cpu_multiplies_bf16());
  const auto load = description.kind == "full"      ? load_full_model
                    : description.kind == "compact" ? load_compact
                    : description.kind == "photo"   ? load_photo
                    : description.kind == "human3r" ? load_human3r_model
                    : description.kind == "unish"   ? load_unish_model
                    : description.kind == "chromm"  ? load_chromm_model
                                                    : nullptr;
  if (load) {
    const auto model = on_weights_of(description.directory, [&] { return load(description, device, bf16); });
    model->note = chosen.note;
    return model;
  }
  throw std::runtime_error(
      "The model " + description.directory.string() + " is of kind \"" + description.kind +
      "\", which this version cannot run; it knows the kinds \"photo\", \"compact\", \"full\", "
      "\"human3r\", \"unish\" and \"chromm\".");
}

}  // namespace ahap

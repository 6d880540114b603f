#include "reconstruction/models/photo_networks.h"

#include <array>
#include <stdexcept>

#include "reconstruction/installation/model_installation.h"
#include "reconstruction/installation/packaged_model.h"

namespace ahap {
namespace {

constexpr std::array kPhotoParts = {"detector", "pose", "landmarks"};

void require_published(const ModelDescription& description) {
  for (const char* part : kPhotoParts) {
    const PackagedNetwork* published = find_photo_network(description.files.at(part).filename().string());
    if (!published) continue;
    for (const PackagedFile& file : {published->graph, published->weights}) {
      const std::string difference = difference_from_published(file, description.directory / file.name);
      if (!difference.empty())
        throw std::runtime_error(difference + " `ahap models --install people` installs it again.");
    }
  }
}

}  // namespace

std::unique_ptr<PhotoPeople> load_photo_people(const ModelDescription& description, torch::Device device) {
  for (const char* part : kPhotoParts) {
    if (!description.files.contains(part)) {
      throw std::runtime_error((description.directory / "model.json").string() + " names no file for \"" +
                               part + "\", which a photo model needs.");
    }
  }
  require_published(description);
  return std::make_unique<PhotoPeople>(
      PhotoNetworkFiles{description.files.at("detector"), description.files.at("pose"),
                        description.files.at("landmarks")},
      device);
}

}  // namespace ahap

#include "app/cli/mast3r_network.h"

#include <stdexcept>

#include "reconstruction/branches/mast3r/mast3r.h"
#include "reconstruction/networks/precision.h"

namespace ahap {
namespace {

using ToldTensors = std::map<std::string, std::vector<torch::Tensor>>;

// Tokens of the two images together, blocks in their order, all else as it was told.
NetworkTensors whole_tensors(const ToldTensors& told) {
  NetworkTensors tensors;
  for (const auto& [name, parts] : told) {
    if (name == "enc.block") {  // of the first image, then of the second
      const auto blocks = torch::cat(parts).unflatten(0, {2, std::int64_t(parts.size()) / 2});
      tensors[name] = blocks.transpose(0, 1).contiguous();  // (depth, 2, T, C)
    } else {
      tensors[name] = name.starts_with("head") ? parts.front() : torch::cat(parts);
    }
  }
  return tensors;
}

void add_view(const std::string& name, const Mast3rView& view, NetworkTensors& tensors) {
  tensors[name + ".pts3d"] = view.points;
  tensors[name + ".conf"] = view.confidence;
  if (!view.descriptors.defined()) return;
  tensors[name + ".desc"] = view.descriptors;
  tensors[name + ".desc_conf"] = view.descriptor_confidence;
}

}  // namespace

NetworkTensors run_mast3r(const Checkpoint& weights, const Checkpoint& input, bool bf16,
                          const Progress& progress) {
  const std::string name = input.tensors.contains("images") ? "images" : "input";
  const torch::Tensor images = images_of(input, name, kPatch);
  if (images.size(0) != 2) {
    throw std::runtime_error(input.file.string() + ": tensor " + name + " holds " +
                             std::to_string(images.size(0)) + (images.size(0) == 1 ? " image" : " images") +
                             ", but MASt3R takes a pair");
  }
  Mast3r network = load_mast3r(weights);
  ToldTensors told;
  const TensorObserver keep = [&](const std::string& part, const torch::Tensor& tensor) {
    told[part].push_back(tensor);
  };
  const Mast3rFeatures first = network->encode(images.slice(0, 0, 1), bf16, progress, keep),
                       second = network->encode(images.slice(0, 1, 2), bf16, progress, keep);
  const Mast3rPair pair = network->decode(first, second, progress, keep);
  NetworkTensors tensors = whole_tensors(told);
  tensors["input"] = images;
  add_view("out1", pair.first, tensors);
  add_view("out2", pair.second, tensors);
  return tensors;
}

NetworkTensors run_dune(const Checkpoint& weights, const Checkpoint& input, bool bf16,
                        const Progress& progress) {
  const torch::Tensor images = images_of(input, "images", kPatch);
  Dune network = load_dune(weights);
  const Bf16Scope scope(bf16, images.device());
  const DuneOutput output = network.look(images, progress);
  NetworkTensors tensors = {{"features", output.features}};
  for (const auto& [teacher, tokens] : output.teacher) tensors["teacher." + teacher] = tokens;
  return tensors;
}

}  // namespace ahap

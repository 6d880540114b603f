#include "app/cli/unish_network.h"

#include <stdexcept>

#include "reconstruction/branches/unish/clip_picture.h"
#include "reconstruction/branches/unish/unish.h"

namespace ahap {
namespace {

torch::Tensor boxes_of(const Checkpoint& input, std::int64_t frames) {
  const torch::Tensor boxes = need_tensor(input, "bbox_px", {frames, 3});
  if (!torch::isfinite(boxes).all().item<bool>() || boxes.select(1, 2).min().item<float>() <= 0) {
    throw std::runtime_error(input.file.string() +
                             ": tensor bbox_px must hold the centre and the side, more than 0, of a square "
                             "around the person in every frame");
  }
  return boxes;
}

torch::Tensor crops_of(const torch::Tensor& images, const torch::Tensor& boxes) {
  const Eigen::Vector2d middle(double(images.size(3)) / 2, double(images.size(2)) / 2);
  std::vector<torch::Tensor> crops;
  for (std::int64_t s = 0; s < images.size(0); ++s) {
    const auto number = [&](int column) { return double(boxes[s][column].item<float>()); };
    crops.push_back(person_crop(
        images[s], {.center = middle + Eigen::Vector2d(number(0), number(1)), .side = number(2)}));
  }
  return torch::stack(crops);
}

}  // namespace

NetworkTensors run_unish(const Checkpoint& weights, const Checkpoint& given, bool bf16,
                         const Progress& progress) {
  const Checkpoint input = with_plain_names(given);
  UnishInput clip{.images = colors_of(input, kPatch, "UniSH"), .crops = {}, .boxes = {}};
  const std::int64_t S = clip.images.size(0);
  if (S < 2)
    throw std::runtime_error(input.file.string() +
                             ": tensor images holds one frame; UniSH takes a clip of two or more");
  clip.boxes = boxes_of(input, S);
  clip.crops = find_tensor(input, "patches", {S, 3, kCropSide, kCropSide});
  if (!clip.crops.defined()) clip.crops = crops_of(clip.images, clip.boxes);
  UnishOptions options;
  options.bf16 = bf16;
  options.fps = metadata_number(input, "fps", options.fps);
  if (!(options.fps > 0))
    throw std::runtime_error(input.file.string() + ": metadata fps must be more than 0");

  NetworkTensors tensors;
  load_unish(weights)->forward(clip, options, progress,
                               [&](const std::string& name, const torch::Tensor& tensor) {
                                 if (name != "vit.block") tensors[name] = tensor;
                               });
  return tensors;
}

}  // namespace ahap

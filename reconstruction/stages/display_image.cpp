#include "reconstruction/stages/display_image.h"

#include <ATen/ops/_upsample_bilinear2d_aa.h>
#include <torch/torch.h>

#include <algorithm>

namespace ahap {
namespace {

constexpr int kDisplaySide = 1600;  // pixels

}  // namespace

Image display_image(const Image& image) {
  const int side = std::max(image.width, image.height);
  if (side <= kDisplaySide) return image;
  Image small(std::max(1, image.width * kDisplaySide / side),
              std::max(1, image.height * kDisplaySide / side));
  const auto pixels = torch::from_blob(const_cast<std::uint8_t*>(image.rgb.data()),
                                       {1, image.height, image.width, 3}, torch::kUInt8)
                          .permute({0, 3, 1, 2})
                          .to(torch::kFloat);
  const auto resized = at::_upsample_bilinear2d_aa(pixels, {small.height, small.width}, false)
                           .round()
                           .clamp(0, 255)
                           .to(torch::kUInt8)
                           .permute({0, 2, 3, 1})
                           .contiguous();
  std::copy_n(resized.data_ptr<std::uint8_t>(), small.rgb.size(), small.rgb.begin());
  return small;
}

}  // namespace ahap

#include "reconstruction/branches/depth_anything3/depth_anything3_pictures.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "reconstruction/networks/dinov2.h"
#include "reconstruction/networks/resize.h"

namespace ahap {

PictureSize longest_side_to(PictureSize size, int resolution) {
  const int longest = std::max(size.width, size.height);
  if (longest == resolution) return size;
  const double scale = double(resolution) / longest;
  const auto scaled = [&](int side) {
    return std::max(1, int(std::nearbyint(side * scale)));
  };  // halves to even
  return {scaled(size.width), scaled(size.height)};
}

PictureSize to_whole_patches(PictureSize size) {
  const auto nearest = [](int side) {
    const int down = side / kPatch * kPatch, up = down + kPatch;
    return std::max(1, up - side <= side - down ? up : down);
  };
  return {nearest(size.width), nearest(size.height)};
}

Image process_picture(const Image& picture, int resolution) {
  const PictureSize original{picture.width, picture.height};
  const PictureSize first = longest_side_to(original, resolution), second = to_whole_patches(first);
  Image result = picture;
  if (first.width != original.width || first.height != original.height) {
    const bool grows = resolution > std::max(original.width, original.height);
    result = (grows ? resize_cubic : resize_area)(result, first.width, first.height);
  }
  if (second.width != first.width || second.height != first.height) {
    const bool grows = second.width > first.width || second.height > first.height;
    result = (grows ? resize_cubic : resize_area)(result, second.width, second.height);
  }
  return result;
}

torch::Tensor depth_anything3_images(const std::vector<const Image*>& pictures, int resolution) {
  std::vector<torch::Tensor> images;
  std::int64_t height = std::numeric_limits<std::int64_t>::max(), width = height;
  for (const Image* picture : pictures) {
    Image processed = process_picture(*picture, resolution);
    const auto pixels =
        torch::from_blob(processed.rgb.data(), {processed.height, processed.width, 3}, torch::kUInt8);
    images.push_back(pixels.permute({2, 0, 1}).to(torch::kFloat) / 255);
    height = std::min<std::int64_t>(height, processed.height);
    width = std::min<std::int64_t>(width, processed.width);
  }
  for (auto& image : images) {
    const std::int64_t top = (image.size(1) - height) / 2, left = (image.size(2) - width) / 2;
    image = image.slice(1, top, top + height).slice(2, left, left + width);
  }
  return normalize_colors(torch::stack(images));
}

}  // namespace ahap

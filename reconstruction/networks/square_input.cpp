#include "reconstruction/networks/square_input.h"

#include <ATen/ops/_upsample_bilinear2d_aa.h>

#include <algorithm>

namespace ahap {

Eigen::Matrix3d SquarePlacement::K_to_input(const Eigen::Matrix3d& K_original) const {
  Eigen::Matrix3d input_from_original;
  input_from_original << scale, 0, offset.x(), 0, scale, offset.y(), 0, 0, 1;
  return input_from_original * K_original;
}

Eigen::Matrix3d SquarePlacement::K_to_original(const Eigen::Matrix3d& K_input) const {
  Eigen::Matrix3d original_from_input;
  original_from_input << 1 / scale, 0, -offset.x() / scale, 0, 1 / scale, -offset.y() / scale, 0, 0, 1;
  return original_from_input * K_input;
}

SquarePlacement square_placement(int width, int height, int size) {
  const int side = std::max(width, height);
  SquarePlacement placement;
  placement.scale = double(size) / side;
  placement.offset = placement.scale * Eigen::Vector2d((side - width) / 2, (side - height) / 2);
  placement.size = size;
  return placement;
}

SquareInput square_input(const std::vector<const Image*>& images, int size) {
  SquareInput input;
  std::vector<torch::Tensor> squares;
  for (const Image* image : images) {
    const int side = std::max(image->width, image->height);
    const int left = (side - image->width) / 2, top = (side - image->height) / 2;
    const auto pixels = torch::from_blob(const_cast<std::uint8_t*>(image->rgb.data()),
                                         {1, image->height, image->width, 3}, torch::kUInt8);
    auto square = torch::zeros({1, 3, side, side});
    square.slice(2, top, top + image->height)
        .slice(3, left, left + image->width)
        .copy_(pixels.permute({0, 3, 1, 2}))
        .div_(255);
    if (side != size) square = at::_upsample_bilinear2d_aa(square, {size, size}, /*align_corners=*/false);
    squares.push_back(square);
    input.placements.push_back(square_placement(image->width, image->height, size));
  }
  input.images = torch::cat(squares);
  return input;
}

}  // namespace ahap

#include "reconstruction/networks/square_input.h"

#include <ATen/ops/_upsample_bilinear2d_aa.h>

#include <algorithm>
#include <cmath>

#include "reconstruction/networks/resize.h"

namespace ahap {
namespace {

// (1, 3, H, W) bytes, alive as long as the image.
torch::Tensor bytes_of(const Image& image) {
  return torch::from_blob(const_cast<std::uint8_t*>(image.rgb.data()), {1, image.height, image.width, 3},
                          torch::kUInt8)
      .permute({0, 3, 1, 2});
}

torch::Tensor padded_then_resized(const Image& image, int size) {
  const int side = std::max(image.width, image.height);
  const int left = (side - image.width) / 2, top = (side - image.height) / 2;
  auto square = torch::zeros({1, 3, side, side});
  square.slice(2, top, top + image.height)
      .slice(3, left, left + image.width)
      .copy_(bytes_of(image))
      .div_(255);
  return side == size ? square : at::_upsample_bilinear2d_aa(square, {size, size}, /*align_corners=*/false);
}

// Width and height once the longer side is `size`; halves to even.
Eigen::Vector2i resized_to(int width, int height, int size) {
  const auto shorter = [&](int of, int longer) {
    return std::max(1, int(std::nearbyint(double(of) / longer * size)));
  };
  if (width > height) return {size, shorter(height, width)};
  return {shorter(width, height), size};
}

// Left and top padding; halves to even.
Eigen::Vector2i padding(const Eigen::Vector2i& resized, int size) {
  return {int(std::nearbyint((size - resized.x()) * 0.5)), int(std::nearbyint((size - resized.y()) * 0.5))};
}

torch::Tensor resized_then_padded(const Image& image, int size, SquareFilter filter) {
  const Eigen::Vector2i resized = resized_to(image.width, image.height, size),
                        corner = padding(resized, size);
  const bool grows = size > std::max(image.width, image.height);
  auto* resize = filter == SquareFilter::bicubic ? resize_bicubic : grows ? resize_cubic : resize_area;
  const Image small = resize(image, resized.x(), resized.y());
  auto square = torch::zeros({1, 3, size, size});
  square.slice(2, corner.y(), corner.y() + small.height)
      .slice(3, corner.x(), corner.x() + small.width)
      .copy_(bytes_of(small))
      .div_(255);
  return square;
}

}  // namespace

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

SquarePlacement square_placement(int width, int height, int size, SquareFilter filter) {
  const int side = std::max(width, height);
  SquarePlacement placement;
  placement.scale = double(size) / side;
  placement.offset = placement.scale * Eigen::Vector2d((side - width) / 2, (side - height) / 2);
  if (filter != SquareFilter::bilinear)
    placement.offset = padding(resized_to(width, height, size), size).cast<double>();
  placement.size = size;
  return placement;
}

SquareInput square_input(const std::vector<const Image*>& images, int size, SquareFilter filter) {
  SquareInput input;
  std::vector<torch::Tensor> squares;
  for (const Image* image : images) {
    squares.push_back(filter == SquareFilter::bilinear ? padded_then_resized(*image, size)
                                                       : resized_then_padded(*image, size, filter));
    input.placements.push_back(square_placement(image->width, image->height, size, filter));
  }
  input.images = torch::cat(squares);
  return input;
}

}  // namespace ahap

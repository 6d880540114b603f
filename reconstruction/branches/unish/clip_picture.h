#pragma once

#include <torch/torch.h>

#include <Eigen/Core>

#include "reconstruction/box.h"
#include "reconstruction/image.h"

namespace ahap {

constexpr int kClipSide = 518;  // longer side of UniSH's pictures, pixels

// The size of UniSH's picture of an original: the longer side is `longer` pixels, the other the nearest
// multiple of 14. The aspect ratio is not kept exactly. Throws a sentence for pictures too narrow for it.
struct ClipSize {
  int width = 0, height = 0;
};
ClipSize clip_size(int width, int height, int longer = kClipSide);

// The picture at that size, (3, H, W) in 0..1: bilinear, and where it shrinks not smoothed.
torch::Tensor clip_picture(const Image& image, const ClipSize& size);

// The square around a person, pixels.
struct PersonSquare {
  Eigen::Vector2d center{0, 0};
  double side = 0;

  // As the network is told it: the centre from the middle of a picture of that size, and the side. (3)
  torch::Tensor numbers(const ClipSize& size) const;
};

// The square around the box of a person in pixels of the same picture: its longer side times `scale`.
PersonSquare person_square(const Box& box, double scale = 1);

// What the square shows, (3, 256, 256), of a picture (3, H, W): bilinear with places rounded to 1/32 pixel as
// OpenCV does, black outside. Pixels count from the middle of the first.
torch::Tensor person_crop(const torch::Tensor& picture, const PersonSquare& square);

}  // namespace ahap

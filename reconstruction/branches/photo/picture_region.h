#pragma once

#include <torch/torch.h>

#include <Eigen/Core>

#include "reconstruction/image.h"

namespace ahap {

// A square of a picture, possibly turned, that a network looks at.
struct PictureRegion {
  Eigen::Vector2d center{0, 0};  // pixels of the picture
  double side = 0;               // pixels of the picture
  double angle = 0;  // radians; the region's axes are the picture's, turned clockwise on the screen (y down)

  // A point of the region drawn as `size` x `size` pixels, in pixels of the picture, and back.
  Eigen::Vector2d to_picture(const Eigen::Vector2d& point, double size) const;
  Eigen::Vector2d from_picture(const Eigen::Vector2d& pixel, double size) const;
};

// What lies outside the picture.
enum class Outside { black, edge };

// The region as (3, size, size) float, RGB 0..255: every pixel is the mean of bilinear samples no further
// apart than the picture's pixels.
torch::Tensor sample_region(const Image& image, const PictureRegion& region, int size, Outside outside);

// The whole picture with its longer side scaled to `longer` pixels, at the top left of a black (3, H, W)
// float tensor, RGB 0..255, with H and W the next multiples of 32. Shrinking takes the mean over the area of
// every pixel.
struct ScaledPicture {
  torch::Tensor pixels;
  double scale = 1;  // pixels of the tensor per pixel of the picture
};
ScaledPicture scale_picture(const Image& image, int longer);

// The picture with its longer side scaled to `longer` pixels, in the same way.
Image resized(const Image& image, int longer);

// Turned clockwise by quarter turns.
Image turned(const Image& image, int quarter_turns);
// Where a pixel of the turned picture lies in the picture; width and height are the picture's own.
Eigen::Vector2d turned_back(const Eigen::Vector2d& pixel, int quarter_turns, int width, int height);

}  // namespace ahap

#pragma once

#include <torch/torch.h>

#include <Eigen/Core>
#include <vector>

#include "reconstruction/image.h"

namespace ahap {

// How an original image sits in the square network input: zero-padded to a centred square, then resized.
// A point moves as x_input = scale * x_original + offset (pixel centres at 0.5 on both sides).
struct SquarePlacement {
  double scale = 1;
  Eigen::Vector2d offset{0, 0};
  int size = 0;  // side of the network input, pixels

  Eigen::Vector2d to_input(const Eigen::Vector2d& original) const { return scale * original + offset; }
  Eigen::Vector2d to_original(const Eigen::Vector2d& input) const { return (input - offset) / scale; }
  Eigen::Matrix3d K_to_input(const Eigen::Matrix3d& K_original) const;
  Eigen::Matrix3d K_to_original(const Eigen::Matrix3d& K_input) const;
};

struct SquareInput {
  torch::Tensor images;  // (V, 3, size, size) float32 in 0..1, not yet normalised
  std::vector<SquarePlacement> placements;
};

// How pictures become squares.
enum class SquareFilter {
  bilinear,    // padded, then resized with antialiasing in floating point
  bicubic,     // resized to bytes, then padded by whole pixels: Multi-HMR's official preprocessing
  area_cubic,  // the same with the filters of Depth Anything 3's official preprocessing
};

SquarePlacement square_placement(int width, int height, int size,
                                 SquareFilter filter = SquareFilter::bilinear);
SquareInput square_input(const std::vector<const Image*>& images, int size,
                         SquareFilter filter = SquareFilter::bilinear);

}  // namespace ahap

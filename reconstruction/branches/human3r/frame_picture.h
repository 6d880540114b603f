#pragma once

#include <torch/torch.h>

#include <Eigen/Core>

#include "reconstruction/image.h"

namespace ahap {

// Where Human3R's pixels lie in the picture that they are made of: original = (pixel + crop) / scale, pixel
// centres at 0.5 on both sides.
struct FramePlacement {
  int width = 0, height = 0;    // of the network's picture, multiples of 16
  Eigen::Vector2d scale{1, 1};  // network's pixels per pixel of the original
  Eigen::Vector2d crop{0, 0};   // what is cut off at the left and at the top, network's pixels

  Eigen::Vector2d to_original(const Eigen::Vector2d& pixel) const {
    return (pixel + crop).cwiseQuotient(scale);
  }
  // Of the original picture; the focal length is in the network's pixels, with the principal point that
  // focal_of_points has.
  Eigen::Matrix3d intrinsics(double focal_length) const;
};

// How the official demo prepares frames: the long side is brought to 512 pixels, then both sides are cut
// about the middle to multiples of 16, square ones to 512 x 384. Throws a sentence for pictures too narrow
// for it.
FramePlacement frame_placement(int width, int height);

// The picture there, (1, 3, H, W) in -1..1.
torch::Tensor frame_picture(const Image& image, const FramePlacement& placement);

}  // namespace ahap

#pragma once

#include <torch/torch.h>

// Cameras of point maps that are known up to a shift in depth, as MoGe finds them (Wang et al. 2024).
namespace ahap {

// Of S frames, float32.
struct FocalShift {
  torch::Tensor focal;  // (S), in halves of the picture's diagonal; 1 where too few points count
  torch::Tensor shift;  // (S), what is to be added to every depth; then 0
};

// The focal length and the shift with which `points` (S, H, W, 3), camera axes, are seen at their pixels,
// from those of 64 x 64 that the mask (S, H, W) holds: least squares with the principal point in the middle.
// Nothing keeps the focal length positive where points have nothing to do with their pixels.
FocalShift fit_focal_shift(const torch::Tensor& points, const torch::Tensor& mask);

// Focal lengths in halves of the diagonal (S) -> pixels (S).
torch::Tensor focal_pixels(const torch::Tensor& focal, std::int64_t height, std::int64_t width);

// Focal lengths in pixels (S) -> (S, 3, 3) with the principal point at (W / 2, H / 2).
torch::Tensor centered_intrinsics(const torch::Tensor& focal, std::int64_t height, std::int64_t width);

// Points (S, H, W, 3), camera axes, of depths (S, H, W) at the pixels' centres (+ 0.5).
torch::Tensor points_of_depth(const torch::Tensor& depth, const torch::Tensor& K);

}  // namespace ahap

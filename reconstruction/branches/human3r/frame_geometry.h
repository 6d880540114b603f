#pragma once

#include <torch/torch.h>

// What Human3R's numbers mean in space. Camera axes x right, y down, z forward.
namespace ahap {

constexpr int kFramePatch = 16;  // pixels

// Vectors (..., 3) of the same direction whose length is e^|v| - 1.
torch::Tensor stretched(const torch::Tensor& v);

// Translation and quaternion (7: x y z, w x y z with w >= 0) from the pose head's seven raw numbers.
torch::Tensor decode_pose(const torch::Tensor& raw);
// The same as a matrix (4, 4), world from camera.
torch::Tensor world_from_camera_of(const torch::Tensor& pose);

// Focal length, pixels, of a camera with its principal point at (W / 2, H / 2) that sees `points` (H, W, 3,
// in its frame) at their pixels: Weiszfeld's algorithm on the reprojection error. 0 when no positive one
// fits.
double focal_of_points(const torch::Tensor& points);

// A video whose state is reset comes in chunks that share a frame, each in a world of its own. Joined by the
// poses of these frames, all are in the first chunk's world.
class ChunkedWorld {
 public:
  // world_from_camera (4, 4) of the next frame, float64, from its pose in its chunk.
  torch::Tensor place(const torch::Tensor& chunk_from_camera) const;
  // The frame with this pose was the last of its chunk; it is the first of the next.
  void next_chunk(const torch::Tensor& chunk_from_camera);

 private:
  torch::Tensor world_from_chunk_ = torch::eye(4, torch::kDouble);
};

}  // namespace ahap

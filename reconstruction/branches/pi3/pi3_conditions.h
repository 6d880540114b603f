#pragma once

#include <torch/torch.h>

#include "reconstruction/networks/dinov2.h"

// What Pi3X can be told of V views beforehand.
namespace ahap {

// Undefined: not known. A mask (V) says of which views it is to be used; undefined: of all.
struct Pi3Conditions {
  torch::Tensor depth = {};              // (V, H, W) along the optical axis, any unit; 0: unknown
  torch::Tensor K = {};                  // (V, 3, 3), pixels, their centres at 0.5
  torch::Tensor rays = {};               // (V, H, W, 3) viewing directions of any length; before K
  torch::Tensor world_from_camera = {};  // (V, 4, 4), in the unit of the depth
  torch::Tensor use_depth = {}, use_rays = {}, use_poses = {};
};

// The same as the network takes it: of any unit and any world. Undefined: of no view.
struct Pi3Prior {
  torch::Tensor rays, ray_views;     // (R, 2, H, W) directions at depth 1; their views (R) int64
  torch::Tensor depth, depth_views;  // (D, 2, H, W) depth, and 1 where it is known
  torch::Tensor first_from_camera;   // (V, 4, 4), of all views
  torch::Tensor pose_views;          // (M) int64, at least 2
};

// Throws a sentence where a condition has not the shape that goes with V views of H x W pixels, or where
// intrinsics or poses are none.
Pi3Prior prepare_conditions(const Pi3Conditions& conditions, std::int64_t views, std::int64_t height,
                            std::int64_t width);

// Positions of the patches of M cameras in space, for attention among them (Li et al. 2025, "Cameras as
// relative positional encoding"): half of a head's channels pass through the cameras' matrices, a quarter
// turns with the column, a quarter with the row.
struct CameraEncoding {
  // world_from_camera (M, 4, 4), rows x columns patches per view.
  CameraEncoding(const torch::Tensor& world_from_camera, std::int64_t rows, std::int64_t columns);
  // x (B, heads, M rows columns, 64) -> the same.
  torch::Tensor queries(const torch::Tensor& x) const;
  torch::Tensor keys_and_values(const torch::Tensor& x) const;
  torch::Tensor attended(const torch::Tensor& x) const;

 private:
  torch::Tensor apply(const torch::Tensor& x, const torch::Tensor& matrices, const torch::Tensor& sine) const;
  torch::Tensor camera_from_world_, world_from_camera_;  // (M, 4, 4)
  torch::Tensor cos_, sin_;                              // (M rows columns, 2, 8): column, row
};

// Tells the patches where the cameras are: what is to be added to them. The parameters are a block's.
struct PoseInjectionImpl : VitBlockImpl {
  using VitBlockImpl::VitBlockImpl;
  // Patches of the M views with a pose (M, P, C) -> the same.
  torch::Tensor forward(const torch::Tensor& patches, const CameraEncoding& cameras);
};
TORCH_MODULE(PoseInjection);

}  // namespace ahap

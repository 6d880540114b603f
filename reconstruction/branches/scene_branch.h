#pragma once

#include <torch/torch.h>

#include "reconstruction/networks/square_input.h"
#include "reconstruction/progress.h"

namespace ahap {

// What the scene branch knows about V views. Cameras: OpenCV axes. h x w is the branch's own grid.
struct SceneEstimate {
  torch::Tensor features;    // (V, C, h, w), F_scene; where the network is, all else on the CPU
  torch::Tensor depth;       // (V, H, W) along the optical axis, metres if `metric`, else up to one factor
  torch::Tensor depth_conf;  // (V, H, W), larger is more certain
  torch::Tensor K;           // (V, 3, 3), pixels of the square input
  torch::Tensor world_from_camera;  // (V, 4, 4); undefined when the branch estimates no relative poses
  torch::Tensor up;  // (V, 3) unit vectors against gravity, camera axes; undefined when unknown
  std::vector<bool>
      focal_known;  // of each view: K holds the focal length that the picture itself tells; empty: of none
  bool metric = false;
};

// The frozen scene backbone behind one call: Depth Anything 3, or the compact network.
class SceneBranch {
 public:
  virtual ~SceneBranch() = default;
  virtual int input_size() const = 0;  // side of the square input, pixels
  virtual SquareFilter input_filter() const { return SquareFilter::bilinear; }
  virtual bool relates_cameras() const = 0;  // whether estimates have world_from_camera
  // images (V, 3, S, S) in 0..1.
  virtual SceneEstimate estimate(const torch::Tensor& images, const Progress& progress) = 0;
};

}  // namespace ahap

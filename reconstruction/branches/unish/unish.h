#pragma once

#include <torch/torch.h>

#include <functional>
#include <string>

#include "reconstruction/branches/human3r/tensor_observer.h"
#include "reconstruction/branches/pi3/pi3.h"
#include "reconstruction/branches/unish/align_net.h"
#include "reconstruction/branches/unish/body_head.h"
#include "reconstruction/branches/unish/crop_backbone.h"
#include "reconstruction/branches/unish/focal_shift.h"
#include "reconstruction/checkpoints/checkpoint.h"
#include "reconstruction/progress.h"

namespace ahap {

// The defaults are the published sizes.
struct UnishConfig {
  Pi3Config scene{.x = false};
  CropBackboneConfig backbone;
  BodyHeadConfig head;
  AlignNetConfig align;
};

// The network whose tensors the checkpoint holds. Throws a sentence that names the file when it holds another
// one.
UnishConfig unish_config(const Checkpoint& checkpoint);

// S frames of a clip and the person whom they show.
struct UnishInput {
  torch::Tensor images;  // (S, 3, H, W) in 0..1, sides multiples of 14
  torch::Tensor crops;   // (S, 3, 256, 256) in 0..1: the square around the person
  torch::Tensor boxes;   // (S, 3), pixels of the images: the square's centre from their middle, and its side
};

// How focal lengths and shifts come from points and mask: fit_focal_shift.
using FitFocalShift = std::function<FocalShift(const torch::Tensor& points, const torch::Tensor& mask)>;

struct UnishOptions {
  double fps = 6;     // frames per second of the clip; the official program says 6 whatever it is
  bool bf16 = false;  // matrix products of scene branch and crop backbone in bfloat16
  FitFocalShift fit = fit_focal_shift;
};

// Camera axes x right, y down, z forward; the first frame's camera is the world. Lengths are metres by
// training.
struct UnishOutput {
  torch::Tensor scale;              // (1), metres per unit of the scene branch
  torch::Tensor local_points;       // (S, H, W, 3), camera frame, as the scene branch has them
  torch::Tensor world_points;       // (S, H, W, 3)
  torch::Tensor conf;               // (S, H, W), logits
  torch::Tensor mask;               // (S, H, W) bool: where points count
  torch::Tensor world_from_camera;  // (S, 4, 4)
  torch::Tensor camera_from_world;  // (S, 4, 4)
  torch::Tensor K;                  // (S, 3, 3), pixels of the images
  torch::Tensor depth;              // (S, H, W), of the points that fit K
  torch::Tensor points;             // (S, H, W, 3), camera frame: that depth along the pixels' rays
  torch::Tensor rotations;          // (S, 24, 3, 3), SMPL, the root in the camera frame
  torch::Tensor betas;              // (1, 10)
  torch::Tensor trans;              // (S, 3), SMPL's translation in the camera frame of `points`
};

// UniSH (arXiv 2601.01222): cameras, geometry and one person of a monocular clip. Pi3 gives the scene, a
// branch in the manner of CameraHMR the body, AlignNet one scale for the scene and the body's place.
struct UnishImpl : torch::nn::Module {
  explicit UnishImpl(const UnishConfig& config);
  // Throws a sentence for input of other shapes or of fewer than two frames; Cancelled. Everything on the way
  // is told to `observe`, under the names of the reference outputs.
  UnishOutput forward(const UnishInput& input, const UnishOptions& options = {},
                      const Progress& progress = {}, const TensorObserver& observe = {});

  UnishConfig config;
  Pi3 pi3{nullptr};
  CropBackbone backbone{nullptr};
  BodyHead human_head{nullptr};
  AlignNet alignnet{nullptr};

 private:
  HeadBodies find_bodies(const UnishInput& input, const torch::Tensor& focal, const UnishOptions& options,
                         const Progress& progress, const TensorObserver& observe);
};
TORCH_MODULE(Unish);

// A person's place and orientation in the world as the official script has them: R_c2w R_root (S, 3, 3) and
// R_c2w trans + t_c2w (S, 3). SMPL turns the root about the pelvis J0, so the body lies right where
// R_c2w J0 - J0 is added to the translation.
struct WorldRoot {
  torch::Tensor rotation, trans;
};
WorldRoot world_root(const torch::Tensor& world_from_camera, const torch::Tensor& root,
                     const torch::Tensor& trans);

// The network with an official file's weights, which stay in the mapped file where it holds float32.
Unish load_unish(const Checkpoint& checkpoint, torch::Device device = torch::kCPU);

// Throws what loading would throw; an outline of the file is enough.
void check_unish(const Checkpoint& checkpoint);

}  // namespace ahap

#pragma once

#include <torch/torch.h>

#include "reconstruction/networks/attention.h"
#include "reconstruction/smpl_joints.h"

namespace ahap {

struct HumanHeadConfig {
  int human_dim = 1024;            // channels of the F_human grid
  int detection_dim = 1024;        // F_human at a detection
  int scene_dim = 3072;            // channels of F_scene
  int projected_scene_dim = 1024;  // of F_scene in the context
  int person_dim = 1024;           // D, of the person features
  int dim = 1024;                  // of the decoder
  int heads = 8;
  int layers = 2;
};
constexpr int kRayChannels = 99;

// Fourier embedding of true viewing rays r = K^-1 (x, y, 1), not normalised: [r | sin(pi r_d f_k) | cos(pi
// r_d f_k)], f_k = 1 + 31 k / 15, k = 0..15, d-major. points (N, 2) pixels, K (N, 3, 3) -> (N, 99).
torch::Tensor ray_embedding(const torch::Tensor& points, const torch::Tensor& K);

// What the head decodes a person from: the detection in the person's reference view, and that view's maps.
struct HeadInput {
  torch::Tensor human;      // (V, Ch, h, w) F_human
  torch::Tensor scene;      // (V, Cs, hs, ws) F_scene
  torch::Tensor K;          // (V, 3, 3) pixels of the square input
  double size = 0;          // side of the square input, pixels
  torch::Tensor view;       // (P) int64 reference view of each person
  torch::Tensor keypoint;   // (P, 2) pixels of the square input
  torch::Tensor detection;  // (P, Cd) F_human at the detection
  torch::Tensor mask;       // (P, h, w) 0..1, the person's instance mask; undefined: attend everywhere
  torch::Tensor person;     // (P, D) f_p
  torch::Tensor
      mean_pose;  // (P, 24, 6) what the branch already believes, else the mean; pelvis in the ray frame
  torch::Tensor mean_betas;      // (P, 10)
  torch::Tensor mean_log_depth;  // (P) e with z = (f / f_60) exp(e)
};
HeadInput to(HeadInput input, torch::Device device);

struct HeadOutput {
  torch::Tensor rotations;  // (P, 24, 3, 3), pelvis in the ray frame (branches/compact/instance_network.h)
  torch::Tensor betas;      // (P, 10)
  torch::Tensor
      log_depth;  // (P) e; key point depth z = (f / f_60) exp(e), f_60 the focal length of a 60 degree view
};

// Focal length in pixels of a 60 degree view of a picture `size` pixels wide.
double focal_60(double size);

// Equations 5-9: identity-conditioned queries decode SMPL parameters from the reference view's context.
struct HumanHeadImpl : torch::nn::Module {
  explicit HumanHeadImpl(const HumanHeadConfig& config);
  HeadOutput forward(const HeadInput& input);

  HumanHeadConfig config;
  Linear scene_projection{nullptr}, person_to_context{nullptr}, person_to_query{nullptr}, embed{nullptr};
  torch::nn::ModuleList decoder{nullptr};
  torch::nn::LayerNorm norm{nullptr};
  Mlp pose{nullptr}, shape{nullptr}, camera{nullptr};
  torch::Tensor alpha;  // (1) sigmoid(alpha) scales what the person features add to the context
};
TORCH_MODULE(HumanHead);

}  // namespace ahap

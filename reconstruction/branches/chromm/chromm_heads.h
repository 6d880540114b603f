#pragma once

#include <torch/torch.h>

#include <optional>

#include "reconstruction/checkpoints/checkpoint.h"
#include "reconstruction/networks/frozen_layers.h"

namespace ahap {

// The defaults are CHROMM's, on Multi-HMR L and Pi3X.
struct ChrommHeadsConfig {
  int human_dim = 1024;   // channels C of Multi-HMR's tokens
  int scene_dim = 2048;   // channels E of Pi3X's hidden tokens
  int person_dim = 1024;  // channels D of a person's fused token
  int fusion_hidden = 4 * 3072;
};

// The heads whose tensors the checkpoint holds. Throws a sentence that names the file when it holds another
// network.
ChrommHeadsConfig chromm_heads_config(const Checkpoint& checkpoint);

// SMPL-X numbers of n people.
struct ChrommBodies {
  torch::Tensor rotations;       // (n, 53, 3, 3): root (in the camera frame), joints 1..21, hands, jaw
  torch::Tensor betas;           // (n, 10)
  torch::Tensor residual_depth;  // (n) metres by which the head joint lies behind the visible surface
};

// A rectangle of a square picture, pixels.
struct PictureArea {
  double x0 = 0, y0 = 0, x1 = 0, y1 = 0;
};

// The parts of CHROMM (Kim et al., Coherent Human-Scene Reconstruction from Multi-Person Multi-View Video in
// a Single Pass) that it trains, each of two layers, on the tokens of Multi-HMR's encoder (h x w cells of the
// square it looks at) and of Pi3X's decoder. No weights are published; the names of the tensors are our own
// (docs/models.md).
struct ChrommHeadsImpl : torch::nn::Module {
  explicit ChrommHeadsImpl(const ChrommHeadsConfig& config);

  // Of each cell whether a head is in it, 0..1: (V, h, w, C) -> (V, h, w).
  torch::Tensor head_scores(const torch::Tensor& human);
  // Where the head joint is in the square, pixels x, y: (n, 2). index (n, 3): view, row, column.
  torch::Tensor head_places(const torch::Tensor& human, const torch::Tensor& index);
  // Likewise the pelvis, from the head's cell and refined in the pelvis' own, where that shows something of
  // the photograph: areas of the V photographs within their squares.
  torch::Tensor pelvis_places(const torch::Tensor& human, const torch::Tensor& index,
                              const std::vector<PictureArea>& areas);
  // Bodies from the people's tokens of the scene (n, E) and of Multi-HMR (n, C).
  ChrommBodies bodies(const torch::Tensor& scene, const torch::Tensor& human);
  // Whether a pixel of the square shows somebody, 0..1: (V, h, w, C) -> (V, 14 h, 14 w).
  torch::Tensor masks(const torch::Tensor& human);

  ChrommHeadsConfig config;

 private:
  struct TwoLayers {
    FrozenLinear first{nullptr}, second{nullptr};
    torch::Tensor with_relu(const torch::Tensor& x) { return second(torch::relu(first(x))); }
    torch::Tensor with_gelu(const torch::Tensor& x) { return second(torch::gelu(first(x))); }
  };
  TwoLayers layers(const std::string& name, int in, int hidden, int out);

  TwoLayers head_score_, head_offset_, pelvis_coarse_, pelvis_fine_, mask_;
  TwoLayers fuse_, pose_, root_, betas_, residual_depth_;
  torch::Tensor mean_pose_, mean_root_, mean_betas_;  // (1, .)
};
TORCH_MODULE(ChrommHeads);

// The heads with a file's weights.
ChrommHeads load_chromm_heads(const Checkpoint& checkpoint, torch::Device device = torch::kCPU);
// Throws what loading would throw; an outline of the file is enough.
void check_chromm_heads(const Checkpoint& checkpoint);

}  // namespace ahap

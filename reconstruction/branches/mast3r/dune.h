#pragma once

#include <torch/torch.h>

#include <map>
#include <string>
#include <vector>

#include "reconstruction/branches/human3r/tensor_observer.h"
#include "reconstruction/checkpoints/checkpoint.h"
#include "reconstruction/networks/dinov2.h"
#include "reconstruction/progress.h"

namespace ahap {

struct DuneConfig {
  int dim = 0;        // channels C: 384 (Small), 768 (Base)
  int depth = 0;      // blocks
  int registers = 4;  // tokens R between the class token and the patches
  int grid = 32;      // patches per side of the position embedding: 32 (448 pixels) or 24 (336)

  std::string size() const { return dim == 384 ? "S" : dim == 768 ? "B" : ""; }
};

// The encoder whose tensors stand under `prefix` ("dune_backbone."). Throws a sentence with file and tensor.
DuneConfig dune_config(const Checkpoint& checkpoint, const std::string& prefix);

// The encoder of DUNE (Sariyildiz et al. 2025, arXiv 2503.14405): a vision transformer of patch 14 with
// registers that was distilled from DINOv2, MASt3R and Multi-HMR. Its final LayerNorm is not applied.
struct DuneEncoderImpl : torch::nn::Module {
  explicit DuneEncoderImpl(const DuneConfig& config);
  // Normalised images (V, 3, H, W), sides multiples of 14 -> class, register and patch tokens
  // (V, 1 + R + N, C). Told: enc.patch, enc.tokens, and enc.block after every block.
  torch::Tensor forward(const torch::Tensor& images, const TensorObserver& observe = {},
                        const Progress& progress = {});

  DuneConfig config;
  torch::Tensor cls_token, pos_embed, register_tokens;
  FrozenConv2d patch_embed{nullptr};
  std::vector<VitBlock> blocks;
};
TORCH_MODULE(DuneEncoder);

// From the encoder's tokens to those of one of its teachers.
struct DuneProjectorImpl : torch::nn::Module {
  DuneProjectorImpl(int dim, int teacher_dim);
  // Class and patch tokens (V, 1 + N, C) -> (V, 1 + N, teacher's channels), standardised.
  torch::Tensor forward(const torch::Tensor& tokens);
  VitBlock block{nullptr};
  FrozenLinear linear{nullptr};
};
TORCH_MODULE(DuneProjector);

// Mean and deviation (teacher's channels) by which a teacher's tokens were standardised.
struct TeacherNorm {
  torch::Tensor cls_mean, cls_deviation, patch_mean, patch_deviation;
};

struct DuneTeacher {
  DuneProjector projector{nullptr};
  TeacherNorm norm;
};

struct DuneOutput {
  torch::Tensor features;                        // (V, 1 + N, C), class and patch tokens
  std::map<std::string, torch::Tensor> teacher;  // (V, 1 + N, .) by the teacher's name, in its own units
};

// A DUNE file as it is: the encoder and what the file holds for its teachers.
struct Dune {
  DuneEncoder encoder{nullptr};
  std::map<std::string, DuneTeacher> teachers;
  // Images (V, 3, H, W) with the mean and deviation of ImageNet's colours taken out.
  DuneOutput look(const torch::Tensor& images, const Progress& progress = {});
};

// The weights stay in the mapped file where it allows that. Throws a sentence that names the file when it
// holds another network.
Dune load_dune(const Checkpoint& checkpoint, torch::Device device = torch::kCPU);

// Throws what loading would throw; an outline of the file is enough.
void check_dune(const Checkpoint& checkpoint);

}  // namespace ahap

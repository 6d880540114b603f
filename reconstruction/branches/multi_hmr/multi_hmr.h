#pragma once

#include <torch/torch.h>

#include <string>

#include "reconstruction/branches/human_branch.h"
#include "reconstruction/branches/multi_hmr/person_decoder.h"
#include "reconstruction/checkpoints/checkpoint.h"
#include "reconstruction/networks/dinov2.h"

namespace ahap {

struct MultiHmrConfig {
  std::string size;  // "S", "B" or "L"
  DinoV2Config backbone;
  PersonDecoderConfig decoder;

  int input_size() const {
    return decoder.grid * kPatch;
  }  // side of the square input it was trained for, pixels
};

// The published network whose tensors the checkpoint holds. Throws a sentence that names the file when it
// holds another network.
MultiHmrConfig multi_hmr_config(const Checkpoint& checkpoint);

// V images of h x w patches and the P people in them (ordered by image, row, column). Pixels of the square
// input, camera axes x right, y down, z forward.
struct MultiHmrOutput {
  torch::Tensor features;        // (V, h, w, C), F_human
  torch::Tensor camera;          // (V, h, w, 99), camera-ray embedding
  torch::Tensor logits, scores;  // (V, h, w); scores are the logits' sigmoid, clamped
  torch::Tensor index;           // (P, 3) int64: image, row, column
  torch::Tensor score;           // (P)
  torch::Tensor offset;          // (P, 2) x, y from the patch's centre, patches
  torch::Tensor loc;             // (P, 2) head joint, pixels
  WholeBodies bodies;            // of the P people
  torch::Tensor rotations;       // (P, 53, 3, 3), the root's in the camera frame
  torch::Tensor distance;        // (P, 1) of the head joint along the optical axis, metres
  torch::Tensor transl;          // (P, 3) head joint in the camera frame, metres
};

// Scores (V, h, w) where a score is the largest of its 3 x 3 neighbourhood, else 0.
torch::Tensor suppress_non_maxima(const torch::Tensor& scores);

// Multi-HMR (Baradel et al., ECCV 2024): people of single images as SMPL-X bodies. They are placed by the
// head joint.
struct MultiHmrImpl : torch::nn::Module {
  explicit MultiHmrImpl(const MultiHmrConfig& config);
  // Normalised square images (V, 3, S, S) (networks/dinov2.h), S a multiple of 14 up to the trained size; K
  // (V, 3, 3) in their pixels; the score from which a peak is a person. bf16: matrix products of the backbone
  // in bfloat16. Throws Cancelled.
  MultiHmrOutput forward(const torch::Tensor& images, const torch::Tensor& K, double threshold,
                         bool bf16 = false, const Progress& progress = {});

  // What the encoder alone says of such images, F_human: (V, h, w, C). Throws Cancelled.
  torch::Tensor features(const torch::Tensor& images, bool bf16 = false, const Progress& progress = {});

  MultiHmrConfig config;
  DinoV2 backbone{nullptr};
  FrozenLinear classify1{nullptr}, classify2{nullptr}, offset1{nullptr}, offset2{nullptr};
  PersonDecoder decoder{nullptr};

 private:
  torch::Tensor backbone_features(const torch::Tensor& image, bool bf16,
                                  const std::function<void(double)>& on_block);
};
TORCH_MODULE(MultiHmr);

// The network with an official file's weights. What the file holds for training alone is left out.
MultiHmr load_multi_hmr(const Checkpoint& checkpoint, torch::Device device = torch::kCPU);

// Throws what loading would throw; an outline of the file is enough.
void check_multi_hmr(const Checkpoint& checkpoint);

}  // namespace ahap

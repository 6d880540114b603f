#pragma once

#include <torch/torch.h>

#include <cstdint>

#include "reconstruction/branches/human3r/tensor_observer.h"
#include "reconstruction/networks/frozen_layers.h"

namespace ahap {

constexpr int kMostPeople = 128;  // of one frame; of more, those with the highest scores

// n people of a frame of H x W pixels, found in the padded square that the human branch looks at, in the
// order of its cells: row, then column.
struct DetectedPeople {
  torch::Tensor row, column;  // (n) int64 cell of the square
  torch::Tensor score;        // (n) 0..1
  torch::Tensor loc;          // (n, 2) x, y of the head joint, pixels of the square
  torch::Tensor pixel;        // (n, 2) the same in pixels of the frame, inside it
  torch::Tensor patch;        // (n, 2) int64 row and column of the frame's patch there
  std::int64_t left_out = 0;  // people beyond kMostPeople
};

// SMPL-X numbers of n people.
struct DecodedPeople {
  torch::Tensor rotations;   // (n, 53, 3, 3): root (in the camera frame), joints 1..21, hands, jaw
  torch::Tensor betas;       // (n, 10)
  torch::Tensor expression;  // (n, 10)
  torch::Tensor transl;      // (n, 3) head joint in the camera frame, metres
};

struct PersonHeadsConfig {
  int human_dim = 0;    // channels C of the human branch's tokens
  int image_dim = 0;    // channels E of the frame's tokens
  int decoder_dim = 0;  // channels D of prompts and refined people
};

// A picture (1, 3, H, W) in -1..1 fitted into the middle of a black square, colours normalised as DINOv2 has
// them: (1, 3, side, side).
torch::Tensor padded_square(const torch::Tensor& image, std::int64_t side);

// A map of such a square (side, side) back at the frame's pixels: (H, W), by the nearest.
torch::Tensor frame_of_square(const torch::Tensor& map, std::int64_t height, std::int64_t width);

// What finds, describes and decodes people in Human3R: Multi-HMR's detection, the masks, the prompts and the
// decoders. Layers are placed in `root` under the official names.
class PersonHeads {
 public:
  PersonHeads(torch::nn::Module& root, const PersonHeadsConfig& config);

  // tokens (r, r, C) of the square; `threshold` is the score from which a peak is a person.
  DetectedPeople detect(const torch::Tensor& tokens, std::int64_t height, std::int64_t width,
                        double threshold, const TensorObserver& observe);
  // Whether a pixel of the square shows somebody, (14 r, 14 r) in 0..1.
  torch::Tensor mask(const torch::Tensor& tokens, const TensorObserver& observe);
  // One token (n, D) per person from its tokens in the square (n, C) and in the frame (n, E).
  torch::Tensor prompts(const torch::Tensor& human, const torch::Tensor& image,
                        const TensorObserver& observe);
  // From the refined prompts (n, D) and the tokens in the square (n, C).
  DecodedPeople decode(const torch::Tensor& refined, const torch::Tensor& human,
                       const TensorObserver& observe);

 private:
  struct TwoLayers {
    FrozenLinear first{nullptr}, second{nullptr};
    torch::Tensor with_relu(const torch::Tensor& x) { return second(torch::relu(first(x))); }
    torch::Tensor with_gelu(const torch::Tensor& x) { return second(torch::gelu(first(x))); }
  };
  static TwoLayers layers(torch::nn::Module& root, const std::string& name, int in, int hidden, int out);

  TwoLayers classify_, offset_, mask_, fuse_, camera_, pose_, shape_, expression_;
  torch::Tensor mean_pose_, mean_betas_, mean_expression_;  // (1, .)
};

}  // namespace ahap

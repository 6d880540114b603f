#pragma once

#include <torch/torch.h>

#include <vector>

#include "reconstruction/branches/human3r/tensor_observer.h"
#include "reconstruction/networks/frozen_layers.h"

namespace ahap {

// The defaults are the published sizes.
struct AlignNetConfig {
  int dim = 512;          // a multiple of 64
  int depth = 2;          // layers
  int scene_dim = 2048;   // channels of the scene's hidden features
  int person_dim = 1024;  // channels of the person's tokens
};

// Rotary embedding over time, base 100, of the 64 channels of a head: channel j turns with channel j + 32.
// Where the last position is beyond the 120 that the network was trained with, the tables of these are
// stretched to the number there is.
struct TimeEmbedding {
  torch::Tensor cos, sin;  // (T, 32)

  explicit TimeEmbedding(const torch::Tensor& positions);  // (T) int64, from 0; the largest counts
  // x (B, heads, T, 64) -> the same.
  torch::Tensor turn(const torch::Tensor& x) const;
};

// One scale of the scene, and where the person is in each frame.
struct Alignment {
  torch::Tensor scale;  // (1), positive
  torch::Tensor trans;  // (S, 3), camera frame
};

// AlignNet of UniSH (arXiv 2601.01222): a token for the scale and one per frame for the person read the scene
// branch's tokens of all frames. Parameters carry the official names.
struct AlignNetImpl : torch::nn::Module {
  explicit AlignNetImpl(const AlignNetConfig& config);
  // hidden (S, R + P, scene_dim) whose first `registers` tokens of a frame are no patches; person
  // (S, person_dim); frames per second of the clip, at which its positions are those of 6 a second.
  Alignment forward(const torch::Tensor& hidden, int registers, const torch::Tensor& person, double fps = 6,
                    const TensorObserver& observe = {});

  AlignNetConfig config;
  torch::Tensor scale_token;  // (1, 1, dim)

 private:
  // relu(linear(LN(x)))
  struct Adapter {
    FrozenLayerNorm norm{nullptr};
    FrozenLinear linear{nullptr};
    torch::Tensor operator()(const torch::Tensor& x) { return torch::relu(linear(norm(x))); }
  };
  struct Projections {
    FrozenLinear q{nullptr}, k{nullptr}, v{nullptr}, out{nullptr};
  };
  struct Layer {
    Projections self, cross;
    FrozenLinear mlp_in{nullptr}, mlp_out{nullptr};
    FrozenLayerNorm norm1{nullptr}, norm2{nullptr}, norm3{nullptr};
  };
  Adapter adapter(const std::string& name, int in);
  Layer layer(const std::string& name);
  torch::Tensor attend(Projections& layers, const torch::Tensor& x, const TimeEmbedding& time_x,
                       const torch::Tensor& y, const TimeEmbedding& time_y) const;

  Adapter of_person_, of_patches_, of_registers_;
  std::vector<Layer> layers_;
  FrozenLinear scale_head_{nullptr}, trans_head_{nullptr};
};
TORCH_MODULE(AlignNet);

}  // namespace ahap

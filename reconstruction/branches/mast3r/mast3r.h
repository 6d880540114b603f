#pragma once

#include <torch/torch.h>

#include <string>
#include <vector>

#include "reconstruction/branches/human3r/cross_blocks.h"
#include "reconstruction/branches/mast3r/dune.h"
#include "reconstruction/branches/mast3r/mast3r_heads.h"
#include "reconstruction/checkpoints/checkpoint.h"
#include "reconstruction/progress.h"

namespace ahap {

struct Mast3rConfig {
  DuneConfig encoder;
  int decoder_dim = 0, decoder_depth = 0;
  Mast3rHeadConfig head;
};

// An image as the encoder sees it; it serves for every pair that the image is in.
struct Mast3rFeatures {
  torch::Tensor tokens;                // (1, N, C), d0 of the decoder
  std::int64_t rows = 0, columns = 0;  // of patches
};

// Both in the frame of the first camera. The network is not symmetric: the other order is another answer.
struct Mast3rPair {
  Mast3rView first, second;
};

// MASt3R (Leroy et al. 2024, arXiv 2406.09756) with the encoder DUNE: points, descriptors for matching and
// their confidences of a pair of images.
struct Mast3rImpl : torch::nn::Module {
  explicit Mast3rImpl(const Mast3rConfig& config);

  // image (1, 3, H, W) in -1..1, sides multiples of 14. Throws a sentence when it is not, and Cancelled.
  Mast3rFeatures encode(const torch::Tensor& image, bool bf16 = false, const Progress& progress = {},
                        const TensorObserver& observe = {});
  // Told: dec.embed of both images, dec1.block and dec2.block, dec.out of both, and the heads' as head1 and
  // head2.
  Mast3rPair decode(const Mast3rFeatures& first, const Mast3rFeatures& second, const Progress& progress = {},
                    const TensorObserver& observe = {});

  Mast3rConfig config;
  DuneEncoder encoder{nullptr};

 private:
  FrozenLayerNorm norm_{nullptr};
  FrozenLinear decoder_embed_{nullptr};
  std::vector<CrossBlock> decoder1_, decoder2_;
  FrozenLayerNorm decoder_norm_{nullptr};
  Mast3rHead head1_{nullptr}, head2_{nullptr};
};
TORCH_MODULE(Mast3r);

// The network whose tensors the checkpoint holds; where it has no encoder, with the published one of that
// width. Throws a sentence that names the file when it holds another one, or MASt3R with an encoder of its
// own, which is not run.
Mast3rConfig mast3r_config(const Checkpoint& checkpoint);

// A file of MASt3R with DUNE may leave the encoder to DUNE's own file.
bool lacks_encoder(const Checkpoint& mast3r);
// `mast3r` with the encoder of a DUNE file; what it has itself stays. Throws a sentence when `dune` is none
// or its encoder does not fit.
Checkpoint with_encoder(Checkpoint mast3r, const Checkpoint& dune);

// The network with a file's weights, which stay in the mapped file where it allows that. What the file holds
// beside, for the original encoder, is left out.
Mast3r load_mast3r(const Checkpoint& checkpoint, torch::Device device = torch::kCPU);

// Throws what loading would throw, but for an encoder that another file is to give; an outline is enough.
void check_mast3r(const Checkpoint& checkpoint);

}  // namespace ahap

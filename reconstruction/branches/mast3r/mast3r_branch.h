#pragma once

#include <torch/torch.h>

#include "reconstruction/branches/mast3r/mast3r.h"
#include "reconstruction/branches/network_branch.h"

namespace ahap {

// The part of a square picture that MASt3R is shown: without black borders, cut to whole patches of the
// square about its middle. In patches.
struct PictureCells {
  std::int64_t top = 0, left = 0, rows = 0, columns = 0;
};

// image (3, S, S) in 0..1, S a multiple of 14.
PictureCells picture_cells(const torch::Tensor& image);

// MASt3R with DUNE as a scene branch: every pair of view_pairs(), in both orders, aligned in one world. A
// view alone is paired with itself. F_scene are the encoder's features. Depth outside of the picture is
// unknown (0).
class Mast3rBranch : public NetworkBranch<Mast3r> {
 public:
  using NetworkBranch::NetworkBranch;
  SquareFilter input_filter() const override { return SquareFilter::bicubic; }
  SceneEstimate estimate(const torch::Tensor& images, const Progress& progress) override;
};

}  // namespace ahap

#pragma once

#include <vector>

#include "reconstruction/branches/mast3r/mast3r_heads.h"
#include "reconstruction/multiview/pointmap_alignment.h"
#include "reconstruction/progress.h"

namespace ahap {

struct DescriptorMatchOptions {
  int stride = 8;  // pixels between the pixels that the search begins at
  int rounds = 10;
  int border = 3;  // pixels: matches nearer to a picture's edge are left out
};

// Pixels of two views whose descriptors are each other's nearest by dot product. The search begins at a grid
// of pixels and goes to the nearest of the other view and back until a pixel returns to itself (MASt3R's fast
// reciprocal matching), from the first view and from the second. A match's weight is the geometric mean of
// the descriptors' confidences. Sorted by the first view's pixel, none twice. Both views need descriptors.
std::vector<PixelMatch> match_descriptors(const Mast3rView& first, const Mast3rView& second,
                                          const DescriptorMatchOptions& options = {},
                                          const Progress& progress = {});

}  // namespace ahap

#pragma once

#include "reconstruction/multiview/point_cloud.h"

namespace ahap {

// Straightens surfaces: each cell's inverse depth becomes that of a plane fitted to its neighbours, weighted
// by how near, how alike in color and how close in depth they are. A plane's inverse depth is linear in the
// picture, so planes stay as they are. Sharpens depth edges where the picture has one. Unknown cells and
// those that show a person stay and take no part.
void smooth_depth(DepthView& view);

}  // namespace ahap

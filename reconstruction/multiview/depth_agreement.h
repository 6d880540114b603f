#pragma once

#include <vector>

#include "reconstruction/multiview/point_cloud.h"

namespace ahap {

// Brings the views' depths to each other: where two of them see about the same surface, each is pulled half
// way towards the other by a smooth correction (correct_depth), a few times over. anchors: of each view, what
// holds it in place meanwhile. Cells that show a person take no part.
void agree_depths(std::vector<DepthView>& views, const std::vector<std::vector<DepthAnchor>>& anchors);

}  // namespace ahap

#pragma once

namespace ahap {

// Pixels of the original image.
struct Box {
  double x0 = 0, y0 = 0, x1 = 0, y1 = 0;
};

}  // namespace ahap

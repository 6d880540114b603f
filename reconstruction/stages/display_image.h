#pragma once

#include "reconstruction/image.h"

namespace ahap {

// The picture for display: at most 1600 pixels on its longer side.
Image display_image(const Image& image);

}  // namespace ahap

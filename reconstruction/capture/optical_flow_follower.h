#pragma once

#include <memory>

#include "reconstruction/background_follower.h"

namespace ahap {

// Corners (Shi and Tomasi 1994) followed by pyramids of Lucas and Kanade's optical flow. A corner is always
// compared with the picture in which it was chosen, so that nothing drifts while a camera stands still; new
// ones are chosen when too few are left or the camera has turned away. Where pictures are too far apart for
// that, matched features (SIFT) say where to look. Works on pictures reduced to 640 pixels.
std::unique_ptr<BackgroundFollower> optical_flow_follower();

}  // namespace ahap

#pragma once

#include <vector>

#include "reconstruction/background_follower.h"

namespace ahap {

// Points of the background as one camera shows them, of each frame; none where it has no picture.
using BackgroundTracks = std::vector<std::vector<FollowedPoint>>;

// Whether a camera moves, by its background.
enum class CameraMotionSigns {
  unseen,  // no two pictures have enough background in common
  still,
  unclear,  // nothing stays where it was, but it goes different ways: near and far things, or leaves and
            // water
  clear     // most of it goes one way together
};

// Between pictures up to some seconds apart a camera has moved where most of the background follows one
// similarity of the picture by half a percent of its longer side or more, and hardly anything stays where it
// was: a crowd that passes, or noise, leaves walls and floor in their places. It must have moved in several
// pairs of pictures. side: pixels, the pictures' longer one.
CameraMotionSigns signs_of_motion(const BackgroundTracks& tracks, double side);

}  // namespace ahap

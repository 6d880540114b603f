#pragma once

#include "reconstruction/capture/capture.h"

namespace ahap {

// Photos of one frame as a sequence of one camera, in their order; any other capture as it is. Calibrations
// of the photos are left out.
Capture photos_as_sequence(Capture capture);

// The same for methods that take one camera and no more. Throws a sentence where there are several.
Capture as_one_camera(Capture capture);

}  // namespace ahap

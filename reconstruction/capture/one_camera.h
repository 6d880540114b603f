#pragma once

#include "reconstruction/capture/capture.h"

namespace ahap {

// Whether photos that open_capture took as views of one moment may as well be frames of one camera: many of
// one folder, whose names differ in nothing but successive numbers and do not speak of cameras or views
// ("frame_0001", "IMG_2001", "000001").
bool may_be_frames(const Capture& capture);

// Photos of one frame as a sequence of one camera, in their order; any other capture as it is. Calibrations
// of the photos are left out.
Capture photos_as_sequence(Capture capture);

// The same for methods that take one camera and no more. Throws a sentence where there are several.
Capture as_one_camera(Capture capture);

}  // namespace ahap

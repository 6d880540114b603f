#pragma once

#include "app/gui/view_state.h"
#include "renderer/orbit_camera.h"

namespace ahap {

// How a result is looked at: what of it is shown, and from where.
struct Look {
  ViewState state;
  OrbitCamera::Turntable turntable;
};

}  // namespace ahap

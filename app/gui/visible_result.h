#pragma once

#include <memory>

#include "app/gui/view_state.h"
#include "reconstruction/reconstruction.h"

namespace ahap {

// The result without people who are hidden, and without points that the view does not show: below its
// confidence, on people where those are not shown, all of them where points are hidden. Detections of hidden
// people stay, as nobody's.
std::shared_ptr<const Reconstruction> visible_result(const Reconstruction& result, const ViewState& state);

}  // namespace ahap

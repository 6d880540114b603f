#pragma once

#include <imgui.h>

#include <vector>

#include "app/gui/tape_tool.h"
#include "app/gui/view_state.h"
#include "reconstruction/reconstruction.h"
#include "renderer/view_transform.h"

namespace ahap {

// The number of every person of a result of one frame above the head, on the person's colour, not higher on
// the screen than `top`; where they are joins `taken`.
void person_numbers(const Reconstruction& shown, const ViewState& state, ImDrawList* canvas, ImVec2 origin,
                    float top, const ViewTransform& view, float pixels_per_unit,
                    std::vector<TapeTool::Box>& taken);

// What a picture of the view is labelled with: numbers and names of people, names of cameras.
void picture_labels(const Reconstruction& shown, const ViewState& state, ImDrawList* canvas,
                    const ViewTransform& view, float pixels_per_unit);

}  // namespace ahap

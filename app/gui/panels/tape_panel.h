#pragma once

#include <vector>

#include "app/gui/panels/panels.h"

namespace ahap {

// The tapes over the 3D view, what the next click snaps to, and their labels beside `taken`, which they join.
// pixels_per_unit: of the framebuffer, per unit of the display.
void tape_overlay(Frame& frame, ImDrawList* canvas, ImVec2 origin, ImVec2 size, const ViewTransform& view,
                  float pixels_per_unit, std::vector<TapeTool::Box>& taken);

// The tapes of one frame over a picture of the 3D view of this size, units of the display.
void draw_tapes(const std::vector<Tape>& tapes, const Reconstruction& result, ImDrawList* canvas, ImVec2 size,
                const ViewTransform& view, float pixels_per_unit);

// What can be done with the chosen tape, or what the tape measure waits for, with its lower edge at `bottom`.
void tape_bar(Frame& frame, ImVec2 origin, ImVec2 size, float bottom);

}  // namespace ahap

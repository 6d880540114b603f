#pragma once

#include "app/gui/panels/panels.h"
#include "app/gui/panels/time_axis.h"

namespace ahap {

// By how much the cameras of a range began apart: a row for each with a bar where its pictures lie in time.
// Bars are dragged, or moved by keys (move_offset); a double click leaves the offset to the next run again.
// The rows are folded up while all cameras are in step.

bool has_offset_rows(const Frame& frame);
float offset_rows_height(const Frame& frame);  // pixels; 0: folded up
// Folds the rows up and out, and says how far apart the cameras are.
void offset_rows_toggle(Frame& frame);
void offset_rows(Frame& frame, const TimeAxis& axis, float names_width);

// The chosen camera began so many frames later than it is taken to.
void move_offset(Frame& frame, int frames);

}  // namespace ahap

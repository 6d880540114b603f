#pragma once

#include <vector>

#include "app/gui/panels/panels.h"

namespace ahap {

// What can be compared on the shown frame; nothing before the models are known.
std::vector<MethodOffer> offers_here(const Frame& frame);

// The window with the methods, what they found and took, and how far they are apart. It appears below the 3D
// view, which goes from `left` to `right`, units of the display, and stays where somebody moves it.
void methods_window(Frame& frame, float left, float right);

}  // namespace ahap

#pragma once

namespace ahap {

// Who is who is in doubt when the runner-up (Reconstruction::runner_up) is less likely by no more than this.
// Of all 48 pairs of views of six calibrated captures, in five of which people were taken for each other, it
// holds for three of these and half of the others.
constexpr double kDoubtfulMargin = 20;

}  // namespace ahap

#pragma once

namespace ahap {

// Who is who is in doubt when the runner-up (Reconstruction::runner_up) is less likely by no more than this.
constexpr double kDoubtfulMargin = 30;

}  // namespace ahap

#pragma once

namespace ahap {

// Some builds of LibTorch (Debian 13's) carry a part of LLVM and show its functions to the whole process.
// Mesa's software driver needs LLVM too, would call LibTorch's half of it, and crash. This loads Mesa bound
// to its own LLVM. Call it before anything opens a window or a context; it does nothing where there is
// nothing to keep apart, and calling it again is free.
void keep_graphics_driver_apart();

}  // namespace ahap

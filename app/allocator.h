#pragma once

namespace ahap {

// From now on the process keeps freed memory for the next tensor. A network's large tensors come and go many
// times in a run, and pages that were given back to the system must be cleared again at every allocation: a
// third of the time of the largest networks on a CPU. Does nothing without glibc.
void reuse_freed_memory();

// Gives back what is free now.
void give_back_freed_memory();

}  // namespace ahap

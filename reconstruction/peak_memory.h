#pragma once

namespace ahap {

// The most memory the process held since it began or forgot, MiB; 0 where Linux does not tell.
double peak_memory();
// From now on the peak is that of what comes (proc(5): clear_refs).
void forget_peak_memory();

}  // namespace ahap

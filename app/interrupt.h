#pragma once

namespace ahap {

// After this call the first Ctrl-C (or SIGTERM) only makes interrupted() true, so that a run can end cleanly;
// the second one kills the program.
void watch_for_interrupts();

// True once the person asked the program to stop. Made for Progress::stop_requested.
bool interrupted();

}  // namespace ahap

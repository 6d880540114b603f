#pragma once

#include <chrono>

namespace ahap {

// After this call the first Ctrl-C (or SIGTERM, or SIGHUP when the terminal closes) makes interrupted() true,
// so that a run can end cleanly; the second one kills the program. A run that has not ended by itself after
// the time allowed for it is ended from outside: everything unfinished is removed (formats/unfinished.h) and
// the exit status is 1. Under nohup SIGHUP stays ignored.
void watch_for_interrupts();

// True once the person asked the program to stop. Made for Progress::stop_requested.
bool interrupted();

// For work whose clean end takes longer than the usual 0.7 s.
void allow_time_to_end(std::chrono::milliseconds time);

// While this lives and once it is armed, the first Ctrl-C asks for an early end instead: interrupted() stays
// false, finish_requested() becomes true, and the next Ctrl-C is the first of those above. For work that has
// something to show for what is done. SIGTERM and SIGHUP mean what they always mean.
class FinishOnInterrupt {
 public:
  FinishOnInterrupt() = default;
  ~FinishOnInterrupt();
  FinishOnInterrupt(const FinishOnInterrupt&) = delete;
  FinishOnInterrupt& operator=(const FinishOnInterrupt&) = delete;

  void arm();
  bool finish_requested() const;
};

// While this lives, an interrupt calls `wake` on a thread of its own: for loops that sleep until something
// happens.
class InterruptWake {
 public:
  explicit InterruptWake(void (*wake)());
  ~InterruptWake();
  InterruptWake(const InterruptWake&) = delete;
  InterruptWake& operator=(const InterruptWake&) = delete;
};

}  // namespace ahap

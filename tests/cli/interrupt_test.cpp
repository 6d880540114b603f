#include "app/interrupt.h"

#include <gtest/gtest.h>

#include <csignal>
#include <thread>

namespace ahap {
namespace {

// Each in a process of its own: exit status 0 where all of it is so.
void require(bool so, int number) {
  if (!so) _exit(number);
}

TEST(FinishOnInterrupt, takes_the_first_ctrl_c_once_it_is_armed_and_no_other) {
  EXPECT_EXIT(
      {
        watch_for_interrupts();
        FinishOnInterrupt finish;
        finish.arm();
        std::raise(SIGINT);
        require(finish.finish_requested() && !interrupted(), 2);
        finish.arm();
        std::raise(SIGINT);
        require(interrupted(), 3);
        _exit(0);
      },
      ::testing::ExitedWithCode(0), "");
}

TEST(FinishOnInterrupt, does_nothing_before_it_is_armed_and_after_its_end) {
  EXPECT_EXIT(
      {
        watch_for_interrupts();
        {
          FinishOnInterrupt finish;
          finish.arm();
        }
        FinishOnInterrupt finish;
        std::raise(SIGINT);
        require(!finish.finish_requested() && interrupted(), 2);
        _exit(0);
      },
      ::testing::ExitedWithCode(0), "");
}

TEST(FinishOnInterrupt, leaves_other_signals_as_they_are) {
  EXPECT_EXIT(
      {
        watch_for_interrupts();
        FinishOnInterrupt finish;
        finish.arm();
        std::raise(SIGTERM);
        require(!finish.finish_requested() && interrupted(), 2);
        _exit(0);
      },
      ::testing::ExitedWithCode(0), "");
}

TEST(Interrupts, end_what_does_not_end_by_itself) {
  EXPECT_EXIT(
      {
        watch_for_interrupts();
        std::raise(SIGINT);
        std::this_thread::sleep_for(std::chrono::seconds(20));
      },
      ::testing::ExitedWithCode(1), "stopped before it was complete");
}

}  // namespace
}  // namespace ahap

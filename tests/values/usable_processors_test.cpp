#include "reconstruction/usable_processors.h"

#include <gtest/gtest.h>

namespace ahap {
namespace {

// Each in a process of its own, which ends with the number as its status.
[[noreturn]] void end_with_number(const char* threads, bool on_one_processor) {
  if (threads)
    setenv("OMP_NUM_THREADS", threads, 1);
  else
    unsetenv("OMP_NUM_THREADS");
  cpu_set_t processors;
  sched_getaffinity(0, sizeof processors, &processors);
  int first = 0;
  while (!CPU_ISSET(first, &processors)) ++first;
  CPU_ZERO(&processors);
  CPU_SET(first, &processors);
  if (on_one_processor) sched_setaffinity(0, sizeof processors, &processors);
  _exit(usable_processors());
}

TEST(UsableProcessors, are_those_that_the_process_may_run_on) {
  EXPECT_EXIT(end_with_number(nullptr, true), ::testing::ExitedWithCode(1), "");
}

TEST(UsableProcessors, are_as_many_as_omp_num_threads_says) {
  EXPECT_EXIT(end_with_number("3", false), ::testing::ExitedWithCode(3), "");
  EXPECT_EXIT(end_with_number("5,2", true), ::testing::ExitedWithCode(5), "");
  EXPECT_EXIT(end_with_number("many", true), ::testing::ExitedWithCode(1), "");
  EXPECT_EXIT(end_with_number("0", true), ::testing::ExitedWithCode(1), "");
}

}  // namespace
}  // namespace ahap

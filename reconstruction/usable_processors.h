#pragma once

#include <sched.h>

#include <algorithm>
#include <cstdlib>
#include <thread>

namespace ahap {

// How many threads shall compute: OMP_NUM_THREADS where it is set, else the processors that this process may
// run on (taskset, a batch system, a container's cpuset).
inline int usable_processors() {
  if (const char* wanted = std::getenv("OMP_NUM_THREADS"))
    if (const int threads = std::atoi(wanted); threads > 0) return threads;
  cpu_set_t processors;
  CPU_ZERO(&processors);
  if (sched_getaffinity(0, sizeof processors, &processors) == 0) return CPU_COUNT(&processors);
  return std::max(1, int(std::thread::hardware_concurrency()));
}

}  // namespace ahap

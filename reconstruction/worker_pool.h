#pragma once

#include <algorithm>
#include <atomic>
#include <future>
#include <vector>

#include "reconstruction/progress.h"
#include "reconstruction/usable_processors.h"

namespace ahap {

// Runs independent tasks on a few threads, the calling one among them. Between its tasks the calling thread
// asks whether the run should stop; then run() throws Cancelled once the tasks under way are done. Results
// must not depend on the order of tasks.
class WorkerPool {
 public:
  explicit WorkerPool(const Progress& progress, int max_threads = 4) : progress_(progress) {
    threads_ = std::clamp(usable_processors(), 1, std::max(max_threads, 1));
  }

  template <class Task>
  void run(int count, const Task& task) const {
    std::atomic<int> next{0};
    std::atomic<bool> stopped{false};
    const auto work = [&](bool ask) {
      for (int i = next++; i < count && !stopped; i = next++) {
        if (ask && progress_.stop_requested && progress_.stop_requested()) {
          stopped = true;
          return;
        }
        try {
          task(i);
        } catch (...) {
          stopped = true;
          throw;
        }
      }
    };
    std::vector<std::future<void>> others;
    for (int t = 1; t < std::min(threads_, count); ++t)
      others.push_back(std::async(std::launch::async, work, false));
    work(true);
    const bool cancelled = stopped;
    for (auto& other : others) other.get();
    if (cancelled) throw Cancelled();
  }

 private:
  const Progress& progress_;
  int threads_;
};

}  // namespace ahap

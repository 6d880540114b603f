#pragma once

#include <torch/torch.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <string>
#include <thread>
#include <vector>

#include "reconstruction/blas_threads.h"
#include "reconstruction/progress.h"

namespace ahap {

// Runs task(0), ..., task(count - 1), work that networks do view by view, on threads of their own among which
// LibTorch's threads are divided, while the calling thread reports and asks whether the run should stop.
// Throws the first failure, and Cancelled once the tasks under way are done.
template <class Task>
void for_each_view(int count, const std::string& stage, const Progress& progress, const Task& task) {
  if (count == 0) return;
  std::vector<std::exception_ptr> failed(static_cast<std::size_t>(count));
  std::atomic<int> next{0}, running{0};
  std::atomic<bool> stop{false};
  const int threads_in_all = at::get_num_threads();
  const int workers = std::clamp(threads_in_all, 1, std::max(count, 1));
  const auto work = [&] {
    at::set_num_threads(std::max(1, threads_in_all / workers));
    for (int v; !stop && (v = next++) < count;) {
      try {
        task(v);
      } catch (...) {
        failed[std::size_t(v)] = std::current_exception();
      }
    }
    --running;
  };
  const OneBlasThread one_blas_thread;
  running = workers;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < workers; ++i) threads.emplace_back(work);
    while (running > 0) {
      if (progress.stop_requested && progress.stop_requested()) stop = true;
      if (progress.report && !stop) progress.report(stage, double(std::min(next.load(), count)) / count);
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }
  at::set_num_threads(threads_in_all);  // the workers' number became that of threads to come
  if (stop) throw Cancelled();
  for (const std::exception_ptr& failure : failed)
    if (failure) std::rethrow_exception(failure);
}

}  // namespace ahap

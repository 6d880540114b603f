#include "app/gui/task_thread.h"

#include <sys/resource.h>
#include <unistd.h>

namespace ahap {

TaskThread::TaskThread() : thread_([this](std::stop_token stop) { work(stop); }) {}

void TaskThread::post(Task task) {
  {
    const std::scoped_lock lock(mutex_);
    waiting_.push_back(std::move(task));
  }
  wake_.notify_one();
}

void TaskThread::drop_waiting() {
  const std::scoped_lock lock(mutex_);
  waiting_.clear();
}

void TaskThread::work(std::stop_token stop) {
  // The window comes first: this thread and those that it starts (LibTorch's) get the processor when the
  // window needs none.
  const id_t thread = id_t(gettid());
  setpriority(PRIO_PROCESS, thread, getpriority(PRIO_PROCESS, thread) + 5);
  while (true) {
    Task task;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, stop, [this] { return !waiting_.empty(); });
      if (stop.stop_requested()) return;
      task = std::move(waiting_.front());
      waiting_.pop_front();
    }
    task(stop);
  }
}

}  // namespace ahap

#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace ahap {

// One thread that runs tasks in the order they were posted. The destructor asks the running task to stop
// through its stop token, drops those that have not begun and waits for the running one.
class TaskThread {
 public:
  using Task = std::function<void(std::stop_token)>;

  TaskThread();
  void post(Task task);
  void drop_waiting();

 private:
  void work(std::stop_token stop);

  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::deque<Task> waiting_;
  std::jthread thread_;  // last: starts after and ends before everything it uses
};

}  // namespace ahap

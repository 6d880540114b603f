#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "app/gui/task_thread.h"
#include "app/time_left.h"
#include "reconstruction/progress.h"
#include "reconstruction/reconstruction.h"

namespace ahap {

// One reconstruction at a time in the background. Every member is meant for the window's thread and returns
// at once; only the destructor waits, for a run that was asked to stop.
class Job {
 public:
  // What runs on the worker; reconstruct() with its arguments bound, or any other function in a test.
  using Run = std::function<std::shared_ptr<const Reconstruction>(const Progress&)>;

  enum class Phase { idle, running, stopping, done, cancelled, failed };

  struct Stage {
    std::string name;
    double fraction = 0;  // 0..1
    double seconds = 0;
  };
  struct State {
    Phase phase = Phase::idle;
    std::vector<Stage> stages;           // in the order in which they began; the last one is running
    double seconds = 0;                  // since the start, until the end
    std::optional<double> seconds_left;  // of the running stage, where it is known
    std::string error;                   // why the run failed, one sentence
    bool active() const { return phase == Phase::running || phase == Phase::stopping; }
  };

  // `wake` is called from the worker whenever a stage begins, a result is there, or the run has ended
  // (glfwPostEmptyEvent).
  explicit Job(std::function<void()> wake = {});
  ~Job();

  // A run that is under way is asked to stop and the new one follows it.
  void start(Run run);
  void stop();
  // Likewise, and nothing that it publishes or says counts any more.
  void abandon();

  State state() const;
  // The newest partial or complete result of any run; null before the first.
  std::shared_ptr<const Reconstruction> latest() const;

 private:
  using Clock = std::chrono::steady_clock;

  void execute(const Run& run, std::uint64_t number, std::stop_token stop);
  void report(std::uint64_t number, const std::string& stage, double fraction);
  void publish(std::uint64_t number, std::shared_ptr<const Reconstruction> snapshot);
  void finish(std::uint64_t number, Phase phase, std::string error);

  std::function<void()> wake_;
  std::atomic<std::uint64_t> current_{0};  // number of the run whose news count
  std::atomic<bool> stop_{false};          // the current run was asked to stop
  mutable std::mutex mutex_;               // guards what follows
  State state_;
  Clock::time_point run_start_, stage_start_;
  TimeLeft time_left_;
  std::shared_ptr<const Reconstruction> latest_;
  TaskThread thread_;  // last: ends before everything it uses
};

}  // namespace ahap

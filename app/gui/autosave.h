#pragma once

#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "app/gui/session.h"
#include "app/gui/task_thread.h"
#include "reconstruction/results/folder_lock.h"

namespace ahap {

// Keeps unsaved work on the disk, two seconds after each change, so that it outlives the program. The file
// stays when the window is closed on unsaved work; lost_sessions() (state_folder.h) finds it. Belongs to the
// window's thread; writing happens on a thread of its own.
class Autosave {
 public:
  using Clock = std::chrono::steady_clock;

  // `state`: the folder of the program's state; empty: nothing is kept.
  explicit Autosave(std::filesystem::path state) : state_(std::move(state)) {}
  ~Autosave();

  // To be called in every frame; `project` gives the work when it is to be written.
  void update(const Session& session, const std::function<Project()>& project, Clock::time_point now);
  // Before the window closes: what was not written yet is.
  void finish(const Session& session, const std::function<Project()>& project);
  // The work of this lost session is the window's own now: its file goes when the next autosave is written.
  void take_over(std::filesystem::path lost) { taken_over_ = std::move(lost); }
  // Why the last one could not be written, once; empty: all is well.
  std::string take_problem();
  bool busy() const { return writing_; }

 private:
  // What is worked on, told by what does not change without it.
  struct Work {
    std::uint64_t capture = 0;
    std::shared_ptr<const Reconstruction> result;
    std::vector<Tape> tapes;
    bool saved = false;
    bool operator==(const Work&) const = default;
  };
  void look_at(const Session& session, Clock::time_point now);
  // These touch files.
  void write(Project& project, const std::filesystem::path& lost);
  void forget(const std::filesystem::path& lost);
  void post(std::function<void()> work);

  std::filesystem::path state_;
  Work known_;
  std::optional<Clock::time_point> changed_;  // not written since
  std::filesystem::path taken_over_;
  std::atomic<bool> writing_{false};
  std::mutex mutex_;
  std::string problem_;  // guarded by mutex_
  // These belong to the thread while it lives.
  std::filesystem::path folder_;
  std::optional<FolderLock> lock_;
  std::unique_ptr<TaskThread> thread_;  // last
};

}  // namespace ahap

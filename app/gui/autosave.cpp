#include "app/gui/autosave.h"

#include <ctime>
#include <random>

#include "app/gui/state_folder.h"
#include "reconstruction/formats/error_text.h"
#include "reconstruction/formats/folder.h"
#include "reconstruction/project/project_file.h"
#include "reconstruction/project/sources.h"

namespace ahap {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds kDelay(2);  // so that quick changes are written together

}  // namespace

Autosave::~Autosave() {
  thread_.reset();
  std::error_code ignored;
  const bool kept = folder_.empty() || fs::exists(folder_ / kAutosaveName, ignored);
  lock_.reset();
  if (!kept) fs::remove_all(folder_, ignored);
}

void Autosave::look_at(const Session& session, Clock::time_point now) {
  const bool complete = session.result_is_complete();
  const Work work{session.capture_number(), complete ? session.result() : nullptr, session.tapes(),
                  session.is_saved()};
  if (work == known_) return;
  known_ = work;
  if (!changed_) changed_ = now;
}

void Autosave::update(const Session& session, const std::function<Project()>& project,
                      Clock::time_point now) {
  if (state_.empty() || !session.capture()) return;
  look_at(session, now);
  if (!changed_ || writing_ || (now - *changed_ < kDelay && !known_.saved)) return;
  changed_.reset();
  if (known_.saved)
    post([this, lost = std::exchange(taken_over_, {})] { forget(lost); });
  else
    post([this, work = project(), lost = std::exchange(taken_over_, {})]() mutable { write(work, lost); });
}

void Autosave::finish(const Session& session, const std::function<Project()>& project) {
  if (state_.empty() || !session.capture()) return;
  look_at(session, Clock::now());
  thread_.reset();  // waits for what it writes, and drops what it has not begun
  if (!changed_ && !writing_) return;
  if (known_.saved) return forget(taken_over_);
  Project work = project();
  write(work, taken_over_);
}

void Autosave::post(std::function<void()> work) {
  if (!thread_) thread_ = std::make_unique<TaskThread>();
  writing_ = true;
  thread_->post([this, work = std::move(work)](std::stop_token) {
    work();
    writing_ = false;
  });
}

void Autosave::write(Project& project, const fs::path& lost) {
  try {
    if (!lock_) {
      folder_ = state_ / kSessionsFolder /
                (std::to_string(std::time(nullptr)) + "-" + std::to_string(std::random_device()()));
      create_folder(folder_);
      lock_.emplace(folder_);
    }
    mark_sources(project);
    write_project(project, folder_ / kAutosaveName);
    if (!lost.empty()) remove_lost_session(lost);
  } catch (const std::exception& error) {
    const std::scoped_lock lock(mutex_);
    problem_ = "Unsaved work is not kept safe at the moment: " + error_text(error);
  }
}

void Autosave::forget(const fs::path& lost) {
  std::error_code ignored;
  if (!folder_.empty()) fs::remove(folder_ / kAutosaveName, ignored);
  if (!lost.empty()) remove_lost_session(lost);
}

std::string Autosave::take_problem() {
  const std::scoped_lock lock(mutex_);
  return std::exchange(problem_, {});
}

}  // namespace ahap

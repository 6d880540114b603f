#include "app/gui/job.h"

#include "app/allocator.h"
#include "reconstruction/formats/error_text.h"

namespace ahap {

namespace {

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

Job::Job(std::function<void()> wake) : wake_(std::move(wake)) {
  if (!wake_) wake_ = [] {};
}

Job::~Job() {
  stop_ = true;
}

void Job::start(Run run) {
  const std::uint64_t number = ++current_;
  thread_.drop_waiting();
  stop_ = false;
  {
    const std::scoped_lock lock(mutex_);
    state_ = State();
    state_.phase = Phase::running;
    run_start_ = stage_start_ = Clock::now();
    time_left_ = {};
  }
  thread_.post([this, run = std::move(run), number](std::stop_token stop) { execute(run, number, stop); });
}

void Job::stop() {
  const std::scoped_lock lock(mutex_);
  if (state_.phase != Phase::running) return;
  stop_ = true;
  state_.phase = Phase::stopping;
}

void Job::abandon() {
  ++current_;
  thread_.drop_waiting();
  const std::scoped_lock lock(mutex_);
  state_ = State();
}

Job::State Job::state() const {
  const std::scoped_lock lock(mutex_);
  State state = state_;
  if (state.active()) {
    state.seconds = seconds_since(run_start_);
    state.seconds_left = time_left_.seconds(Clock::now());
    if (!state.stages.empty()) state.stages.back().seconds = seconds_since(stage_start_);
  }
  return state;
}

std::shared_ptr<const Reconstruction> Job::latest() const {
  const std::scoped_lock lock(mutex_);
  return latest_;
}

void Job::execute(const Run& run, std::uint64_t number, std::stop_token stop) {
  Progress progress;
  progress.report = [&](const std::string& stage, double fraction) { report(number, stage, fraction); };
  progress.stop_requested = [&] { return stop.stop_requested() || stop_ || number != current_; };
  progress.publish = [&](std::shared_ptr<const Reconstruction> snapshot) {
    publish(number, std::move(snapshot));
  };
  try {
    if (progress.stop_requested()) throw Cancelled();
    publish(number, run(progress));
    finish(number, Phase::done, {});
  } catch (const Cancelled&) {
    finish(number, Phase::cancelled, {});
  } catch (const std::exception& error) {
    finish(number, Phase::failed, error_text(error));
  }
  give_back_freed_memory();
}

void Job::report(std::uint64_t number, const std::string& stage, double fraction) {
  bool begins = false;
  {
    const std::scoped_lock lock(mutex_);
    if (number != current_) return;
    begins = state_.stages.empty() || state_.stages.back().name != stage;
    if (begins) {
      if (!state_.stages.empty()) {
        state_.stages.back().fraction = 1;
        state_.stages.back().seconds = seconds_since(stage_start_);
      }
      stage_start_ = Clock::now();
      state_.stages.push_back({stage});
    }
    state_.stages.back().fraction = fraction;
    time_left_.report(stage, fraction, Clock::now());
  }
  if (begins)
    wake_();  // within a stage whoever shows it looks by itself, else the run would pay for every frame
}

void Job::publish(std::uint64_t number, std::shared_ptr<const Reconstruction> snapshot) {
  if (!snapshot) return;
  {
    const std::scoped_lock lock(mutex_);
    if (number != current_) return;
    latest_ = std::move(snapshot);
  }
  wake_();
}

void Job::finish(std::uint64_t number, Phase phase, std::string error) {
  {
    const std::scoped_lock lock(mutex_);
    if (number != current_) return;
    state_.phase = phase;
    state_.error = std::move(error);
    state_.seconds = seconds_since(run_start_);
    if (!state_.stages.empty()) {
      if (phase == Phase::done) state_.stages.back().fraction = 1;
      state_.stages.back().seconds = seconds_since(stage_start_);
    }
  }
  wake_();
}

}  // namespace ahap

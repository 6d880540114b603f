#include "reconstruction/evaluation/method_run.h"

#include <chrono>
#include <cmath>
#include <cstdio>
#include <utility>

#include "reconstruction/formats/error_text.h"
#include "reconstruction/formats/readable.h"
#include "reconstruction/peak_memory.h"

namespace ahap {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_between(Clock::time_point from, Clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

// Tells loading from running by the stages that are reported.
class LoadClock {
 public:
  explicit LoadClock(const Progress& progress) : progress_(progress), timed_(progress) {
    timed_.report = [this](const std::string& stage, double fraction) {
      take(stage == "load model");
      if (progress_.report) progress_.report(stage, fraction);
    };
  }
  const Progress& progress() const { return timed_; }
  double loaded() {
    take(false);
    return loaded_;
  }
  double all() const { return seconds_between(start_, Clock::now()); }

 private:
  void take(bool loads) {
    const Clock::time_point now = Clock::now();
    if (loading_) loaded_ += seconds_between(since_, now);
    loading_ = loads;
    since_ = now;
  }

  const Progress& progress_;
  Progress timed_;
  const Clock::time_point start_ = Clock::now();
  Clock::time_point since_ = start_;
  bool loading_ = false;
  double loaded_ = 0;
};

std::string number(const char* format, const std::optional<double>& value, double times = 1) {
  if (!value) return "-";
  char text[32];
  std::snprintf(text, sizeof text, format, *value * times);
  return text;
}

std::string found_row(const MethodRun& run) {
  std::string text = "| " + readable(run.method) + " | ";
  if (!run.problem.empty()) return text + readable(run.problem) + " | | | | | |\n";
  return text + number("%.1f s", run.load_seconds) + " | " + number("%.1f s", run.run_seconds) + " | " +
         (run.peak_memory > 0 ? number("%.0f MiB", run.peak_memory) : "-") + " | " +
         std::to_string(run.cameras) + " | " + std::to_string(run.people) + " | " +
         std::to_string(run.points) + " |\n";
}

std::string difference_row(const MethodRun& run) {
  const ResultDifference& d = *run.difference;
  return "| " + readable(run.method) + " | " + std::to_string(d.cameras) + " | " +
         number("%.1f\xC2\xB0", d.rotation, 180 / M_PI) + " | " + number("%.0f cm", d.centres, 100) + " | " +
         number("%.1f %%", d.focal, 100) + " | " + number("%.2f", d.scale) + " | " +
         std::to_string(d.people) + " | " + number("%.0f cm", d.joints, 100) + " | " +
         number("%.0f %%", d.identities, 100) + " |\n";
}

}  // namespace

MethodRun run_method(std::string method,
                     const std::function<std::shared_ptr<const Reconstruction>(const Progress&)>& run,
                     const Progress& progress) {
  MethodRun made{.method = std::move(method)};
  forget_peak_memory();
  LoadClock clock(progress);
  try {
    made.result = run(clock.progress());
  } catch (const Cancelled&) {
    throw;
  } catch (const std::exception& error) {
    made.problem = error_text(error);
    return made;
  }
  made.load_seconds = clock.loaded();
  made.run_seconds = clock.all() - made.load_seconds;
  made.peak_memory = peak_memory();
  for (const ReconstructedView& view : made.result->views) made.cameras += view.camera_estimated;
  made.people = int(people_in(*made.result, 0).size());
  made.points = made.result->frames.front().points->size();
  return made;
}

void measure_from(std::vector<MethodRun>& runs, std::size_t reference) {
  for (std::size_t i = 0; i < runs.size(); ++i) {
    runs[i].difference.reset();
    if (i != reference && runs[i].result)
      runs[i].difference = difference_of(*runs[reference].result, *runs[i].result);
  }
}

std::string method_table(const std::string& capture, int views, const std::vector<MethodRun>& runs) {
  std::string text = "# Methods on " + readable(capture) + ", " + std::to_string(views) +
                     (views == 1 ? " view" : " views") +
                     "\n\n| method | load | run | peak memory | cameras | people | points |\n"
                     "|---|---|---|---|---|---|---|\n";
  std::string reference, differences;
  for (const MethodRun& run : runs) {
    text += found_row(run);
    if (run.difference) differences += difference_row(run);
    if (run.result && !run.difference) reference = run.method;
  }
  if (differences.empty()) return text;
  return text + "\nHow far from " + readable(reference) +
         ", after the cameras are laid on each other; scale: of the method's world.\n\n"
         "| method | cameras in both | rotation | camera centres | focal length | scale | people in both | "
         "joints | same identity |\n"
         "|---|---|---|---|---|---|---|---|---|\n" +
         differences;
}

}  // namespace ahap

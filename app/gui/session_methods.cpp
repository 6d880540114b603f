// Several methods on one frame: running them, and turning from one result to another.

#include <algorithm>
#include <utility>

#include "app/allocator.h"
#include "app/gui/session.h"
#include "reconstruction/body/moved_world.h"

namespace ahap {

namespace {

using Result = std::shared_ptr<const Reconstruction>;

// "2 of 3: Compact, people".
Progress named(const Progress& progress, std::string name) {
  Progress told;
  told.stop_requested = progress.stop_requested;
  told.report = [report = progress.report, name = std::move(name)](
                    const std::string& stage, double fraction) { report(name + ", " + stage, fraction); };
  return told;
}

// The cameras as near to those of the other result as their upright worlds allow, so that one can be looked
// at after the other from the same place.
Result beside(const Reconstruction& other, const Result& result) {
  constexpr double kSame = 1e-6;  // metres, and of rotation matrices
  const auto motion = motion_along_floor(other, *result);
  return !motion || motion->matrix().isIdentity(kSame) ? result : moved(*result, *motion);
}

}  // namespace

void Session::compare(std::vector<Method> methods) {
  if (!now_.capture || methods.empty() || job_.state().active()) return;
  if (!now_.reader) return tell_that_videos_are_read();
  const bool same_frame = result_is_complete() && now_.result->frames.size() == 1 && result_frame() == 0;
  start("Compare", false,
        [this, reader = now_.reader, frame = now_.frame, methods, chosen = options,
         world = same_frame ? now_.result : nullptr, number = ++comparison_](const Progress& progress) {
          compare(*reader, frame, methods, chosen, world, number, progress);
          return Result();
        });
  comparing_ = std::move(methods);
  compared_ = 0;
}

// On the worker.
void Session::compare(FrameReader& reader, int frame, const std::vector<Method>& methods,
                      const Options& chosen, Result world, std::uint64_t number, const Progress& progress) {
  std::vector<Problem> problems;
  const std::vector<View> views = reader.read(frame, &problems, progress);
  deliver([this, number, problems] {
    if (number == comparison_) tell_problems(problems);
  });
  for (std::size_t i = 0; i < methods.size(); ++i) {
    const std::string place = std::to_string(i + 1) + " of " + std::to_string(methods.size()) + ": ";
    Options options = chosen;
    options.load.model = methods[i].name;
    give_back_freed_memory();
    MethodRun run = run_method(
        methods[i].title,
        [&](const Progress& told) {
          step(told, "load model", 0);
          return reconstruct_(views, options, told);
        },
        named(progress, place + methods[i].title));
    if (run.result && world) run.result = beside(*world, run.result);
    if (!world) world = run.result;
    deliver([this, number, frame, count = int(views.size()), method = methods[i], run = std::move(run)] {
      if (number == comparison_) take_method(frame, count, method, run);
    });
  }
}

void Session::take_method(int frame, int views, const Method& method, MethodRun run) {
  if (compared_++ == 0) {
    Document before = now_;
    if (!result_is_complete()) before.result = before_run_;
    now_.methods = {.frame = frame, .views = views};
    now_.sources.clear();  // they are made of what the files are now
    remember("Compare " + std::to_string(comparing_.size()) + " methods", std::move(before));
  }
  ComparedMethods& compared = now_.methods;
  const int index = int(compared.runs.size());
  compared.methods.push_back(method);
  compared.kept.push_back({.result = run.result});
  compared.runs.push_back(std::move(run));
  if (!compared.kept.back().result) return;
  const bool first = compared.reference < 0;
  if (first) compared.reference = index;
  measure_from(compared.runs, std::size_t(compared.reference));
  if (first) take_up(index);
}

void Session::choose_reference(int index) {
  ComparedMethods& compared = now_.methods;
  if (index < 0 || index >= int(compared.runs.size()) || !compared.runs[std::size_t(index)].result) return;
  compared.reference = index;
  measure_from(compared.runs, std::size_t(index));
}

bool Session::can_show_method(int index) const {
  const auto& kept = now_.methods.kept;
  return index >= 0 && index < int(kept.size()) && kept[std::size_t(index)].result &&
         (!job_.state().active() || !comparing_.empty());
}

void Session::show_method(int index) {
  if (!can_show_method(index)) return;
  if (now_.frame != now_.methods.frame) choose_frame(now_.methods.frame);
  if (index == now_.methods.shown) return;
  if (now_.methods.shown >= 0) {
    put_back_method(now_);
  } else {
    Document before = now_;
    remember("Show " + now_.methods.runs[std::size_t(index)].method, std::move(before));
  }
  take_up(index);
}

void Session::show_next_method(int direction) {
  const int count = int(now_.methods.runs.size());
  for (int steps = 1; steps <= count; ++steps) {
    const int from = now_.methods.shown < 0 && direction < 0 ? 0 : now_.methods.shown;
    const int index = ((from + direction * steps) % count + count) % count;
    if (can_show_method(index)) return show_method(index);
  }
}

void Session::take_up(int index) {
  const EditedResult& kept = now_.methods.kept[std::size_t(index)];
  now_.methods.shown = index;
  now_.result = before_run_ = kept.result;
  now_.corrected = kept.corrected;
  now_.tapes = kept.tapes;
  now_.hidden = kept.hidden;
}

void Session::put_back_method(const Document& document) {
  const int shown = std::exchange(now_.methods.shown, -1);
  if (shown < 0) return;
  now_.methods.kept[std::size_t(shown)] = {.result = document.result,
                                           .corrected = document.corrected,
                                           .tapes = document.tapes,
                                           .hidden = document.hidden};
}

int Session::method_of(const Reconstruction* result) const {
  if (!result) return -1;
  const ComparedMethods& compared = now_.methods;
  if (compared.shown >= 0 && now_.result.get() == result) return compared.shown;
  for (int i = 0; i < int(compared.kept.size()); ++i)
    if (i != compared.shown && compared.kept[std::size_t(i)].result.get() == result) return i;
  return -1;
}

}  // namespace ahap

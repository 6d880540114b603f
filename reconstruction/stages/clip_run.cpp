#include "reconstruction/stages/clip_run.h"

#include <algorithm>
#include <memory>

namespace ahap {

Progress until_finish(const Progress& progress, const std::function<bool()>& finish_requested) {
  return {.report = {},
          .stop_requested =
              [&progress, finish_requested] {
                return (progress.stop_requested && progress.stop_requested()) || finish_requested();
              },
          .publish = {}};
}

std::string stopped_after(std::size_t taken, std::size_t count, int last_frame) {
  return "Stopped after " + std::to_string(taken) + " of " + std::to_string(count) +
         " frames: the result ends with frame " + std::to_string(last_frame) + ".";
}

void PacedPublisher::publish(const Progress& progress, const std::function<Reconstruction()>& so_far) {
  using Clock = std::chrono::steady_clock;
  constexpr Clock::duration kShortest = std::chrono::seconds(1);
  constexpr int kShare = 20;
  const auto begun = Clock::now();
  if (!progress.publish || begun < next_) return;
  auto partial = std::make_shared<Reconstruction>(so_far());
  partial->partial = true;
  progress.publish(std::move(partial));
  next_ = Clock::now() + std::max(kShortest, kShare * (Clock::now() - begun));
}

}  // namespace ahap

#include "reconstruction/stages/single_camera.h"

#include <algorithm>
#include <stdexcept>

namespace ahap {

const View* SingleCamera::usable_view(const std::vector<View>& views) {
  if (views.empty()) return nullptr;
  const View& view = views.front();
  if (views.size() > 1 || (first_ && view.camera != first_->camera)) {
    throw std::runtime_error(method_ + " takes one camera, and there are several: " + view.name + " and " +
                             (views.size() > 1 ? views[1].name : first_->name) +
                             "; give it one video, or the photos of one camera as a folder.");
  }
  if (!first_) {
    width_ = view.image.width;
    height_ = view.image.height;
    first_.emplace();
    first_->name = view.name;
    first_->path = view.path;
    first_->camera = view.camera;
  }
  known_ = known_ || view.known.has_value();
  if (view.image.width == width_ && view.image.height == height_) return &view;
  ++of_other_size_;
  return nullptr;
}

ReconstructedView SingleCamera::view() const {
  return {.name = first_->name, .path = first_->path, .cameras = {}};
}

std::vector<std::string> SingleCamera::messages() const {
  std::vector<std::string> messages;
  if (of_other_size_ > 0)
    messages.push_back("Pictures of another size than the first one (" + std::to_string(width_) + " x " +
                       std::to_string(height_) + " pixels) are left out: " + std::to_string(of_other_size_) +
                       ".");
  if (known_) messages.push_back(method_ + " finds the camera by itself: its calibration is not used.");
  return messages;
}

Progress until_finish(const Progress& progress, const std::function<bool()>& finish_requested) {
  return {.report = {},
          .stop_requested =
              [&progress, finish_requested] {
                return (progress.stop_requested && progress.stop_requested()) || finish_requested();
              },
          .publish = {}};
}

std::string stopped_after(std::size_t taken, std::size_t count, const Reconstruction& result) {
  return "Stopped after " + std::to_string(taken) + " of " + std::to_string(count) +
         " frames: the result ends with frame " + std::to_string(result.frames.back().number) + ".";
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

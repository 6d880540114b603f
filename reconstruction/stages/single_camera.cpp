#include "reconstruction/stages/single_camera.h"

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

}  // namespace ahap

#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "reconstruction/progress.h"
#include "reconstruction/reconstruction.h"
#include "reconstruction/view.h"

namespace ahap {

// What methods that follow one camera through a clip have in common besides its place (clip_place.h).

// The camera whose pictures they take: of one size, the first picture's.
class SingleCamera {
 public:
  // `method` as messages name it: "Human3R".
  explicit SingleCamera(std::string method) : method_(std::move(method)) {}

  // A frame's picture; null where it has none that can be used. Throws std::runtime_error where there are
  // several cameras.
  const View* usable_view(const std::vector<View>& views);
  bool found() const { return first_.has_value(); }  // a first picture
  int width() const { return width_; }               // pixels
  int height() const { return height_; }
  ReconstructedView view() const;  // its name and file
  // What was left out and what was not used.
  std::vector<std::string> messages() const;

 private:
  std::string method_;
  std::optional<View> first_;  // without its picture
  int width_ = 0, height_ = 0;
  std::size_t of_other_size_ = 0;
  bool known_ = false;  // a calibration knows the camera
};

// Asks for the end also where `finish_requested` does, and reports nothing.
Progress until_finish(const Progress& progress, const std::function<bool()>& finish_requested);

// "Stopped after 12 of 30 frames: ..."
std::string stopped_after(std::size_t taken, std::size_t count, const Reconstruction& result);

// Publishes what is known so far: at most once a second, and in at most a twentieth of the time.
class PacedPublisher {
 public:
  void publish(const Progress& progress, const std::function<Reconstruction()>& so_far);

 private:
  std::chrono::steady_clock::time_point next_ = std::chrono::steady_clock::now();
};

}  // namespace ahap

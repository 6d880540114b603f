#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reconstruction/reconstruction.h"
#include "reconstruction/view.h"

namespace ahap {

// The one camera that a method follows through a clip: its pictures, of one size, the first one's.
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

}  // namespace ahap

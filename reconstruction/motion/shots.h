#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <vector>

#include "reconstruction/image.h"

namespace ahap {

// A picture at a glance: brightnesses of 16 x 9 areas, row by row.
using PictureSketch = std::array<std::uint8_t, 16 * 9>;
PictureSketch sketch_of(const Image& picture);

// Nothing is to be seen: a closed lens, a fade, a frame that was not recorded.
bool is_black(const PictureSketch& picture);

// Finds cuts in what one camera shows, picture by picture: where it changes at once, and far more than just
// before. Shots that show the same place, as when somebody cuts back to it, count as one scene.
class ShotWatch {
 public:
  // Takes the next picture that is not black. The scene it belongs to, from 0.
  int next(const PictureSketch& picture);
  // The last picture began another shot.
  bool was_cut() const { return cut_; }

 private:
  std::vector<PictureSketch> last_;  // of each scene
  int scene_ = -1;
  bool cut_ = false;
  std::deque<double> changes_;  // of the last pictures, from one to the next
};

}  // namespace ahap

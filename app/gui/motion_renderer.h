#pragma once

#include <map>
#include <memory>
#include <vector>

#include "app/gui/view_state.h"
#include "reconstruction/reconstruction.h"
#include "renderer/line_painter.h"
#include "renderer/mesh_painter.h"

namespace ahap {

// The way of the chosen joints of the selected person, or of all people, through the frames around `frame`
// (an index into the frames of `range`), the fainter the further away in time. Broken where somebody is
// missing.
std::vector<LineSegment> motion_trails(const Reconstruction& range, int frame, const ViewState& state);

// What is seen of the other frames of a range in the frame that is shown: trails of joints, and ghosts,
// translucent bodies at regular intervals. Nothing for a result of one frame.
class MotionRenderer {
 public:
  // `frame`: index into the range's frames, -1: none of them is shown.
  void show(std::shared_ptr<const Reconstruction> range, int frame);
  void draw_trails(const ViewTransform& view, const ViewState& state, float pixel_scale);
  void draw_ghosts(const ViewTransform& view, const ViewState& state);

 private:
  struct Ghost {
    int frame = 0;
    int person_id = 0;
  };
  void prepare_ghosts(int interval);

  std::shared_ptr<const Reconstruction> range_;
  int frame_ = -1;
  LinePainter trails_;
  std::map<int, std::shared_ptr<const Reconstruction>> ghost_frames_;  // by index, with meshes
  std::vector<Ghost> ghosts_;                                          // as uploaded
  MeshPainter bodies_;
};

}  // namespace ahap

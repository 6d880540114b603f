#pragma once

#include <imgui.h>

namespace ahap {

enum class Icon {
  points,
  camera,
  body,
  skeleton,
  grid,
  sliders,
  frame_all,
  eye,
  eye_closed,
  close,
  previous,
  next,
  warning,
  check,
  pictures,
  save,
  help,
  folder,
  undo,
  redo,
  play,
  pause,
  loop,
  trail,
  smooth,
  ghosts,
  tape,
  copy,
  trash,
  lock,
  leave_out,
  compare,
};

// Line drawings on a square of `size` pixels around `centre`, in the weight of the text.
void draw_icon(ImDrawList* canvas, Icon icon, ImVec2 centre, float size, ImU32 color);

}  // namespace ahap

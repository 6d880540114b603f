#pragma once

#include <imgui.h>

#include <optional>
#include <string>

#include "app/gui/picture_desk.h"

namespace ahap {

// What the window tells beside what it is set to.
struct PictureWindowNews {
  Eigen::Vector2f view_size;           // pixels of the 3D view
  double seconds_of_frames = 0;        // of a result of several frames; 0: it has one
  ImTextureID preview = nullptr;       // first row at the bottom
  std::string folder = {};             // of files that are named by the time
  std::optional<float> progress = {};  // 0..1 of the film that is being made
  int film_pictures = 0;               // of it
};

struct PictureWishes {
  bool make = false, cancel = false, add_stop = false;
  int show_stop = -1;
};

// Sets the desk. right, top: where its corner is at first.
PictureWishes picture_window(PictureDesk& desk, const PictureWindowNews& news, float right, float top);

}  // namespace ahap

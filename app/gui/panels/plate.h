#pragma once

#include <imgui.h>

namespace ahap {

// A rounded dark plate under controls that float over the picture; the content between begin and end decides
// its size. `pivot`: which of its points lies at the position, 0..1.
class Plate {
 public:
  Plate(const char* id, ImVec2 position, ImVec2 pivot = {0, 0});
  ~Plate();
  Plate(const Plate&) = delete;
  Plate& operator=(const Plate&) = delete;
};

}  // namespace ahap

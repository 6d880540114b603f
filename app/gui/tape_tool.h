#pragma once

#include <imgui.h>

#include <optional>
#include <string>
#include <vector>

#include "app/gui/snap.h"

namespace ahap {

// The tape measure in the 3D view: what is being measured, and which tape is chosen. The same places can say
// where the floor and the origin are.
struct TapeTool {
  enum class Use { measure, floor, origin };

  bool on = false;
  Use use = Use::measure;            // of the places that are clicked
  std::vector<TapeEnd> floor;        // the first of its three places
  std::optional<TapeEnd> first;      // of the tape that is being measured
  std::optional<SnapTarget> target;  // what the next click takes
  int selected = -1;                 // index into Session::tapes(), -1: none
  std::string length;                // typed for the selected one
  int length_of = -1;                // the tape that it was typed for

  // Where the labels are on the screen, of each tape; an empty box: it is not shown.
  struct Box {
    ImVec2 low, high;
    bool contains(ImVec2 at) const {
      return at.x >= low.x && at.x < high.x && at.y >= low.y && at.y < high.y;
    }
    bool overlaps(const Box& other) const {
      return low.x < other.high.x && other.low.x < high.x && low.y < other.high.y && other.low.y < high.y;
    }
  };
  std::vector<Box> labels;
  // -1: none.
  int label_at(ImVec2 place) const {
    for (int i = int(labels.size()) - 1; i >= 0; --i)
      if (labels[std::size_t(i)].contains(place)) return i;
    return -1;
  }

  void put_away() {
    on = false;
    use = Use::measure;
    floor.clear();
    first.reset();
    target.reset();
  }
};

}  // namespace ahap

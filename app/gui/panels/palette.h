#pragma once

#include <string>
#include <vector>

#include "app/gui/actions.h"

namespace ahap {

// Everything the window can do, found by typing some of its words.
struct Palette {
  bool open = false;
  bool drawn = false;  // since it was opened
  std::string typed = {};
  int chosen = 0;         // of those that match
  bool moved = false;     // by keys, since it was drawn last
  bool accepted = false;  // the chosen one is to be run

  // Up and Down choose, Enter runs, Escape leaves.
  void take(const KeyPress& press);
};

// Draws it while it is open. What is to be run now, null: nothing.
const Action* palette_overlay(Palette& palette, const std::vector<Action>& actions);

}  // namespace ahap

#pragma once

#include <string>
#include <vector>

#include "app/gui/actions.h"

namespace ahap {

// Mouse and keys, with a field to search them.
struct Help {
  bool open = false;
  std::string typed;
};

void help_overlay(Help& help, const std::vector<Action>& actions);

}  // namespace ahap

#pragma once

#include <filesystem>
#include <string>

#include "app/gui/view_state.h"
#include "reconstruction/export/exporters.h"

namespace ahap {

constexpr float kSmallestText = 0.8f, kLargestText = 2.0f, kTextStep = 1.1f;

// How somebody has set up the window; kept from one time to the next in state/window.json.
struct WindowSettings {
  int width = 1440, height = 900;  // units of the display
  bool maximized = false;
  float left = 296, right = 340;  // widths of the panels, before scaling
  bool panels_hidden = false;
  bool light = false;
  float text_scale = 1;
  std::string model = {};  // empty: the program's choice
  ViewState view = {};     // without what belongs to one capture
  ExportSelection exports = {};
};

// What cannot be read is as a first time. state: the studio's folder; empty: nothing is kept.
WindowSettings read_window_settings(const std::filesystem::path& state);
// Throws a sentence.
void write_window_settings(const std::filesystem::path& state, const WindowSettings& settings);

}  // namespace ahap

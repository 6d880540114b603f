#pragma once

#include <imgui.h>

#include <Eigen/Core>
#include <functional>
#include <memory>

#include "app/gui/theme.h"
#include "renderer/viewport.h"

namespace ahap {

// Draws with Dear ImGui on pictures, in letters of their own size, in a window or without any. Needs a
// current OpenGL context.
class LabelPainter {
 public:
  // scale: of texts and lines, 1 on a screen of 96 dpi.
  explicit LabelPainter(float scale);
  ~LabelPainter();
  LabelPainter(const LabelPainter&) = delete;
  LabelPainter& operator=(const LabelPainter&) = delete;

  // What is drawn next, on a picture of this size in pixels. `draw` gets the size in units and how many
  // pixels a unit has.
  void compose(const Eigen::Vector2f& size,
               const std::function<void(ImDrawList&, ImVec2 size, float pixels_per_unit)>& draw);
  // Draws the part of it that begins at this pixel over what the viewport has rendered.
  void paint(Viewport& viewport, const Eigen::Vector2f& corner, const Eigen::Vector2f& size);

 private:
  struct Own;  // makes its context the current one while it lives
  ImGuiContext* context_;
  theme::Applied theme_;
  float pixels_per_unit_ = 1;
  std::unique_ptr<ImDrawList> canvas_;
};

}  // namespace ahap

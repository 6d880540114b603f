#include "renderer/line_painter.h"

#include <cstddef>

namespace ahap {

LinePainter::LinePainter() : program_("line.vert", "line.frag") {
  constexpr GLsizei stride = sizeof(LineSegment);
  vertices_.attach(segments_,
                   {.location = 0, .stride = stride, .offset = offsetof(LineSegment, a), .divisor = 1});
  vertices_.attach(segments_,
                   {.location = 1, .stride = stride, .offset = offsetof(LineSegment, b), .divisor = 1});
  vertices_.attach(segments_, {.location = 2,
                               .components = 4,
                               .type = GL_UNSIGNED_BYTE,
                               .normalized = true,
                               .stride = stride,
                               .offset = offsetof(LineSegment, color),
                               .divisor = 1});
}

void LinePainter::upload(const std::vector<LineSegment>& segments) {
  segments_.upload(segments);
  count_ = int(segments.size());
}

void LinePainter::draw(const ViewTransform& view, float width_pixels) const {
  if (count_ == 0) return;
  program_.use();
  program_.set("ndc_from_world", view.ndc_from_world());
  program_.set("target_size", view.size);
  program_.set("near_plane", view.near_plane);
  program_.set("half_width", width_pixels / 2);
  vertices_.bind();
  glEnable(GL_BLEND);
  glDepthMask(GL_FALSE);
  glDrawArraysInstanced(GL_TRIANGLE_STRIP, 0, 4, count_);
  glDepthMask(GL_TRUE);
  glDisable(GL_BLEND);
  glBindVertexArray(0);
}

}  // namespace ahap

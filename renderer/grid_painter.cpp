#include "renderer/grid_painter.h"

namespace ahap {

GridPainter::GridPainter() : program_("grid.vert", "grid.frag") {}

void GridPainter::draw(const ViewTransform& view, const Eigen::Vector3f& centre, float radius) const {
  program_.use();
  program_.set("ndc_from_world", view.ndc_from_world());
  program_.set("centre", Eigen::Vector2f(centre.x(), centre.z()));
  program_.set("radius", radius);
  no_vertices_.bind();
  glEnable(GL_BLEND);
  glDepthMask(GL_FALSE);
  glDrawArrays(GL_TRIANGLE_STRIP, 0, 4);
  glDepthMask(GL_TRUE);
  glDisable(GL_BLEND);
  glBindVertexArray(0);
}

}  // namespace ahap

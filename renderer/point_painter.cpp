#include "renderer/point_painter.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace ahap {

PointPainter::PointPainter()
    : colors_program_("point.vert", "point.frag"), ids_program_("point.vert", "id.frag") {
  vertices_.attach(positions_, {.location = 0, .components = 3});
  vertices_.attach(colors_, {.location = 1, .components = 4, .type = GL_UNSIGNED_BYTE, .normalized = true});
  vertices_.attach(normals_, {.location = 2, .components = 4, .type = GL_BYTE, .normalized = true});
  vertices_.attach(diameters_, {.location = 3, .components = 1});
}

void PointPainter::upload(const std::vector<Eigen::Vector3f>& positions,
                          const std::vector<Eigen::Vector3f>& normals, const std::vector<float>& diameters) {
  positions_.upload(positions);
  std::vector<std::array<std::int8_t, 4>> packed(positions.size());
  for (std::size_t i = 0; i < normals.size(); ++i) {
    for (int axis = 0; axis < 3; ++axis) packed[i][axis] = std::int8_t(std::lround(127 * normals[i][axis]));
  }
  normals_.upload(packed);
  diameters_.upload(diameters.empty() ? std::vector<float>(positions.size(), 1) : diameters);
  count_ = int(positions.size());
}

void PointPainter::upload_colors(std::span<const Color> colors, std::span<const float> confidence) {
  std::vector<std::array<std::uint8_t, 4>> packed(colors.size());
  for (std::size_t i = 0; i < colors.size(); ++i) {
    const float value = std::clamp(confidence[i], 0.0f, 1.0f);
    packed[i] = {colors[i][0], colors[i][1], colors[i][2], std::uint8_t(std::lround(value * 255))};
  }
  colors_.upload(packed);
}

void PointPainter::draw_with(const gl::Program& program, const ViewTransform& view,
                             const PointStyle& style) const {
  if (count_ == 0) return;
  program.use();
  program.set("ndc_from_world", view.ndc_from_world());
  program.set("focal", view.focal());
  program.set("diameter", style.diameter);
  program.set("least_pixels", style.least_pixels);
  program.set("most_pixels", std::max(style.least_pixels, style.most_pixels));
  program.set("min_confidence", style.min_confidence);
  program.set("eye", view.eye());
  program.set("camera_from_world", Eigen::Matrix4f(view.camera_from_world.matrix()));
  program.set("hide_backs", int(style.hide_backs));
  vertices_.bind();
  glEnable(GL_PROGRAM_POINT_SIZE);
  const int rest = std::max(0, count_ - style.first);
  glDrawArrays(GL_POINTS, style.first, style.count < 0 ? rest : std::min(style.count, rest));
  glDisable(GL_PROGRAM_POINT_SIZE);
  glBindVertexArray(0);
}

void PointPainter::draw(const ViewTransform& view, const PointStyle& style) const {
  draw_with(colors_program_, view, style);
}

void PointPainter::draw_ids(const ViewTransform& view, const PointStyle& style,
                            std::uint32_t first_id) const {
  ids_program_.use();
  ids_program_.set("first_id", first_id);
  draw_with(ids_program_, view, style);
}

}  // namespace ahap

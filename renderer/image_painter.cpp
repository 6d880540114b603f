#include "renderer/image_painter.h"

namespace ahap {

ImageCorners image_plane(const Camera& camera, double depth) {
  const double w = camera.width, h = camera.height;
  return {camera.unproject({0, 0}, depth).cast<float>(), camera.unproject({w, 0}, depth).cast<float>(),
          camera.unproject({w, h}, depth).cast<float>(), camera.unproject({0, h}, depth).cast<float>()};
}

ImagePainter::ImagePainter()
    : picture_program_("image.vert", "image.frag"), ids_program_("image.vert", "id.frag") {}

void ImagePainter::set_corners(const gl::Program& program, const ViewTransform& view,
                               const ImageCorners& corners) const {
  program.use();
  program.set("ndc_from_world", view.ndc_from_world());
  program.set("top_left", corners[0]);
  program.set("top_right", corners[1]);
  program.set("bottom_right", corners[2]);
  program.set("bottom_left", corners[3]);
  no_vertices_.bind();
}

void ImagePainter::draw(const ViewTransform& view, const ImageCorners& corners, const gl::Texture& texture,
                        float opacity) const {
  set_corners(picture_program_, view, corners);
  picture_program_.set("picture", 0);
  picture_program_.set("opacity", opacity);
  texture.bind(0);
  glEnable(GL_BLEND);
  // What is almost hidden must not shade the picture by its depth.
  glDepthMask(opacity > 0.5f);
  glDrawArrays(GL_TRIANGLE_STRIP, 0, 4);
  glDepthMask(GL_TRUE);
  glDisable(GL_BLEND);
  glBindVertexArray(0);
}

void ImagePainter::draw_ids(const ViewTransform& view, const ImageCorners& corners, std::uint32_t id) const {
  set_corners(ids_program_, view, corners);
  ids_program_.set("image_id", id);
  glDrawArrays(GL_TRIANGLE_STRIP, 0, 4);
  glBindVertexArray(0);
}

void ImagePainter::draw_backdrop(const ViewTransform& view, const Camera& camera, const gl::Texture& texture,
                                 float opacity) const {
  glDisable(GL_DEPTH_TEST);
  draw(view, image_plane(camera, 0.5 * (view.near_plane + view.far_plane)), texture, opacity);
  glEnable(GL_DEPTH_TEST);
}

}  // namespace ahap

#pragma once

#include <array>
#include <vector>

#include "reconstruction/camera.h"
#include "renderer/gl.h"
#include "renderer/view_transform.h"

namespace ahap {

// Where a picture stands in the world: top left, top right, bottom right, bottom left.
using ImageCorners = std::array<Eigen::Vector3f, 4>;

// The picture plane of a camera at a distance along its optical axis.
ImageCorners image_plane(const Camera& camera, double depth);

// Pictures as textured rectangles in the world.
class ImagePainter {
 public:
  ImagePainter();

  void draw(const ViewTransform& view, const ImageCorners& corners, const gl::Texture& texture,
            float opacity) const;
  // A filled rectangle of an id, for picking.
  void draw_ids(const ViewTransform& view, const ImageCorners& corners, std::uint32_t id) const;
  // The whole target covered with the picture's part that `view` shows: `camera` is where the picture was
  // taken from and the view stands in the same place. Ignores and does not write depth.
  void draw_backdrop(const ViewTransform& view, const Camera& camera, const gl::Texture& texture,
                     float opacity) const;

 private:
  void set_corners(const gl::Program& program, const ViewTransform& view, const ImageCorners& corners) const;

  gl::Program picture_program_;
  gl::Program ids_program_;
  gl::VertexArray no_vertices_;
};

}  // namespace ahap

#pragma once

#include "renderer/gl.h"
#include "renderer/view_transform.h"

namespace ahap {

// The floor y = 0 with a line every metre, a stronger one every five, the X axis red and the Z axis blue,
// fading away from `centre`. Draw it after opaque things.
class GridPainter {
 public:
  GridPainter();

  void draw(const ViewTransform& view, const Eigen::Vector3f& centre, float radius) const;

 private:
  gl::Program program_;
  gl::VertexArray no_vertices_;
};

}  // namespace ahap

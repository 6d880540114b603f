#pragma once

#include <vector>

#include "renderer/gl.h"
#include "renderer/view_transform.h"

namespace ahap {

struct LineSegment {
  Eigen::Vector3f a, b;                                   // world
  std::array<std::uint8_t, 4> color{255, 255, 255, 255};  // sRGB and opacity
};

// Straight segments of constant width on the screen, with smooth edges and round ends. Draw them after opaque
// things.
class LinePainter {
 public:
  LinePainter();

  void upload(const std::vector<LineSegment>& segments);
  void draw(const ViewTransform& view, float width_pixels) const;

  int size() const { return count_; }

 private:
  gl::Program program_;
  gl::Buffer segments_;
  gl::VertexArray vertices_;
  int count_ = 0;
};

}  // namespace ahap

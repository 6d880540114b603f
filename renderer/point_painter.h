#pragma once

#include <span>

#include "reconstruction/mesh.h"
#include "renderer/gl.h"
#include "renderer/view_transform.h"

namespace ahap {

struct PointStyle {
  float diameter = 0.02f;    // metres; times those of the points where they have their own
  float least_pixels = 1;    // however far away
  float most_pixels = 48;    // however near
  float min_confidence = 0;  // points below are left out
  bool hide_backs = false;   // points whose surface faces away from the eye are left out
  int first = 0;             // point that is drawn
  int count = -1;            // so many of them; negative: all

  bool operator==(const PointStyle&) const = default;
};

// Discs in the surface that the points are samples of, or round points where they have no normals: 24 bytes
// each, one draw call.
class PointPainter {
 public:
  PointPainter();

  // normals: of length 1, or 0 where a point has none; empty: none has. diameters: metres; empty: of the
  // style alone.
  void upload(const std::vector<Eigen::Vector3f>& positions, const std::vector<Eigen::Vector3f>& normals = {},
              const std::vector<float>& diameters = {});
  // One colour and one confidence (0..1) a point.
  void upload_colors(std::span<const Color> colors, std::span<const float> confidence);
  void draw(const ViewTransform& view, const PointStyle& style) const;
  // Into a target of ids: first_id + index of the point.
  void draw_ids(const ViewTransform& view, const PointStyle& style, std::uint32_t first_id) const;

  int size() const { return count_; }

 private:
  void draw_with(const gl::Program& program, const ViewTransform& view, const PointStyle& style) const;

  gl::Program colors_program_;
  gl::Program ids_program_;
  gl::Buffer positions_;
  gl::Buffer colors_;
  gl::Buffer normals_;
  gl::Buffer diameters_;
  gl::VertexArray vertices_;
  int count_ = 0;
};

}  // namespace ahap

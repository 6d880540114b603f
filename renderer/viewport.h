#pragma once

#include <functional>
#include <optional>

#include "reconstruction/formats/image_file.h"
#include "reconstruction/image.h"
#include "reconstruction/mesh.h"
#include "renderer/gl.h"
#include "renderer/view_transform.h"

namespace ahap {

struct Backdrop {
  Color top{0, 0, 0};
  Color bottom{0, 0, 0};
  bool clear = false;  // nothing instead

  bool operator==(const Backdrop&) const = default;
};

// What lies under a pixel.
struct Pick {
  std::uint32_t id = 0;
  Eigen::Vector3f point;  // world
};

// An off-screen picture of the world: anti-aliased, with depth, shaded by depth differences ("eye-dome
// lighting", Boucheny 2009) so that the shape of a point cloud can be seen. Needs a current OpenGL context;
// leaves framebuffer 0 bound.
class Viewport {
 public:
  // samples: per pixel, 1 for none; limited to what the driver offers.
  explicit Viewport(int samples = 4);

  // rough: without anti-aliasing, for a moving picture on a slow machine.
  enum class Edges { smooth, rough };
  // Draws with depth test and standard blending set up. depth_shading: 0 none, 1 strong.
  void render(const ViewTransform& view, const Backdrop& backdrop, float depth_shading,
              const std::function<void(const ViewTransform&)>& draw, Edges edges = Edges::smooth);

  // What is drawn in two steps, the first of which is kept: only the others are drawn again as long as the
  // view, the backdrop and still_version stay the same.
  struct Layers {
    std::function<void(const ViewTransform&)> still;
    std::uint64_t still_version = 0;
    std::function<void(const ViewTransform&)> others;
  };
  void render(const ViewTransform& view, const Backdrop& backdrop, float depth_shading, const Layers& layers,
              Edges edges = Edges::smooth);

  // Draws over what the last render drew, without depth.
  void draw_over(const std::function<void()>& draw);

  // What the last render drew, first row at the bottom (OpenGL's order).
  const gl::Texture& picture() const { return picture_; }
  // The same into a texture of its own, which is allocated as needed.
  void copy_to(gl::Texture& texture) const;
  // The same as an Image, top row first. Waits for the graphics card.
  Image read() const;
  // The same with the opacity of every pixel.
  Drawing read_with_opacity() const;

  // The nearest drawn id other than 0 within a few pixels of `pixel`; draw_ids draws with the painters'
  // draw_ids.
  std::optional<Pick> pick(const ViewTransform& view, const Eigen::Vector2f& pixel,
                           const std::function<void(const ViewTransform&)>& draw_ids);

 private:
  void resize(int width, int height);
  void begin(const ViewTransform& view, const Backdrop& backdrop, Edges edges);
  void finish(const ViewTransform& view, float depth_shading, Edges edges);
  // From one multisampled target to the other, depth and stencil, too.
  void copy(const gl::Framebuffer& from, const gl::Framebuffer& to) const;

  int samples_;
  int width_ = 0;
  int height_ = 0;
  gl::Framebuffer scene_target_;  // multisampled
  gl::Renderbuffer scene_color_, scene_depth_;
  gl::Framebuffer still_target_;  // likewise, the layer that is kept
  gl::Renderbuffer still_color_, still_depth_;
  struct Still {
    Eigen::Matrix4f ndc_from_world;
    Backdrop backdrop;
    std::uint64_t version = 0;
    bool operator==(const Still&) const = default;
  };
  std::optional<Still> still_;
  gl::Framebuffer resolved_target_;
  gl::Texture resolved_color_, resolved_depth_;
  gl::Framebuffer picture_target_;
  gl::Texture picture_;
  gl::Framebuffer pick_target_;
  gl::Texture pick_ids_, pick_depth_;
  gl::Program backdrop_program_;
  gl::Program depth_shading_program_;
  gl::VertexArray no_vertices_;
};

}  // namespace ahap

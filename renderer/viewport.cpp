#include "renderer/viewport.h"

#include <algorithm>
#include <array>
#include <limits>
#include <stdexcept>

namespace ahap {

namespace {

constexpr int kPickSide = 9;  // pixels around the cursor that are searched

void check_complete() {
  if (glCheckFramebufferStatus(GL_FRAMEBUFFER) != GL_FRAMEBUFFER_COMPLETE) {
    throw std::runtime_error(
        "The graphics driver cannot make the off-screen picture; its memory may be full.");
  }
}

void attach(const gl::Framebuffer& target, GLenum point, const gl::Texture& texture) {
  glBindFramebuffer(GL_FRAMEBUFFER, target.id());
  glFramebufferTexture2D(GL_FRAMEBUFFER, point, GL_TEXTURE_2D, texture.id(), 0);
}

}  // namespace

Viewport::Viewport(int samples)
    : backdrop_program_("fullscreen.vert", "backdrop.frag"),
      depth_shading_program_("fullscreen.vert", "depth_shading.frag") {
  GLint most = 1;
  glGetIntegerv(GL_MAX_SAMPLES, &most);
  samples_ = std::clamp(samples, 1, int(most));

  pick_ids_.allocate(kPickSide, kPickSide, GL_R32UI, GL_RED_INTEGER, GL_UNSIGNED_INT);
  pick_depth_.allocate(kPickSide, kPickSide, GL_DEPTH_COMPONENT32F, GL_DEPTH_COMPONENT, GL_FLOAT);
  attach(pick_target_, GL_COLOR_ATTACHMENT0, pick_ids_);
  attach(pick_target_, GL_DEPTH_ATTACHMENT, pick_depth_);
  check_complete();
  glBindFramebuffer(GL_FRAMEBUFFER, 0);
}

void Viewport::resize(int width, int height) {
  if (width == width_ && height == height_) return;
  width_ = width;
  height_ = height;

  still_.reset();
  const auto multisampled = [&](const gl::Framebuffer& target, const gl::Renderbuffer& color,
                                const gl::Renderbuffer& depth) {
    const int samples = samples_ > 1 ? samples_ : 0;
    glBindRenderbuffer(GL_RENDERBUFFER, color.id());
    glRenderbufferStorageMultisample(GL_RENDERBUFFER, samples, GL_RGBA8, width, height);
    glBindRenderbuffer(GL_RENDERBUFFER, depth.id());
    glRenderbufferStorageMultisample(GL_RENDERBUFFER, samples, GL_DEPTH32F_STENCIL8, width, height);
    glBindRenderbuffer(GL_RENDERBUFFER, 0);
    glBindFramebuffer(GL_FRAMEBUFFER, target.id());
    glFramebufferRenderbuffer(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_RENDERBUFFER, color.id());
    glFramebufferRenderbuffer(GL_FRAMEBUFFER, GL_DEPTH_STENCIL_ATTACHMENT, GL_RENDERBUFFER, depth.id());
    check_complete();
  };
  multisampled(scene_target_, scene_color_, scene_depth_);
  multisampled(still_target_, still_color_, still_depth_);

  resolved_color_.allocate(width, height, GL_RGBA8, GL_RGBA, GL_UNSIGNED_BYTE);
  resolved_depth_.allocate(width, height, GL_DEPTH32F_STENCIL8, GL_DEPTH_STENCIL,
                           GL_FLOAT_32_UNSIGNED_INT_24_8_REV);
  attach(resolved_target_, GL_COLOR_ATTACHMENT0, resolved_color_);
  attach(resolved_target_, GL_DEPTH_STENCIL_ATTACHMENT, resolved_depth_);
  check_complete();

  picture_.allocate(width, height, GL_RGBA8, GL_RGBA, GL_UNSIGNED_BYTE);
  picture_.set_filter(GL_LINEAR);
  attach(picture_target_, GL_COLOR_ATTACHMENT0, picture_);
  check_complete();
}

void Viewport::begin(const ViewTransform& view, const Backdrop& backdrop, Edges edges) {
  resize(std::max(1, int(view.size.x())), std::max(1, int(view.size.y())));

  glBindFramebuffer(GL_FRAMEBUFFER, edges == Edges::smooth ? scene_target_.id() : resolved_target_.id());
  glViewport(0, 0, width_, height_);
  glDisable(GL_SCISSOR_TEST);
  glDisable(GL_CULL_FACE);
  glDisable(GL_BLEND);
  glBlendFuncSeparate(GL_SRC_ALPHA, GL_ONE_MINUS_SRC_ALPHA, GL_ONE, GL_ONE_MINUS_SRC_ALPHA);
  glDepthMask(GL_TRUE);
  glClear(GL_DEPTH_BUFFER_BIT | GL_STENCIL_BUFFER_BIT);

  if (backdrop.clear) {
    // Colours are blended onto it as multiples of their opacity.
    constexpr std::array<GLfloat, 4> nothing = {0, 0, 0, 0};
    glClearBufferfv(GL_COLOR, 0, nothing.data());
  } else {
    glDisable(GL_DEPTH_TEST);
    no_vertices_.bind();
    backdrop_program_.use();
    backdrop_program_.set("top", gl::color_vector(backdrop.top));
    backdrop_program_.set("bottom", gl::color_vector(backdrop.bottom));
    glDrawArrays(GL_TRIANGLES, 0, 3);
  }

  glEnable(GL_DEPTH_TEST);
  glDepthFunc(GL_LESS);
}

void Viewport::finish(const ViewTransform& view, float depth_shading, Edges edges) {
  if (edges == Edges::smooth) {
    glBindFramebuffer(GL_READ_FRAMEBUFFER, scene_target_.id());
    glBindFramebuffer(GL_DRAW_FRAMEBUFFER, resolved_target_.id());
    glBlitFramebuffer(0, 0, width_, height_, 0, 0, width_, height_, GL_COLOR_BUFFER_BIT | GL_DEPTH_BUFFER_BIT,
                      GL_NEAREST);
  }

  glBindFramebuffer(GL_FRAMEBUFFER, picture_target_.id());
  glDisable(GL_DEPTH_TEST);
  no_vertices_.bind();
  depth_shading_program_.use();
  depth_shading_program_.set("scene_color", 0);
  depth_shading_program_.set("scene_depth", 1);
  depth_shading_program_.set("depth_scale", view.ndc_from_camera(2, 2));
  depth_shading_program_.set("depth_offset", view.ndc_from_camera(2, 3));
  depth_shading_program_.set("strength", depth_shading);
  resolved_color_.bind(0);
  resolved_depth_.bind(1);
  glDrawArrays(GL_TRIANGLES, 0, 3);
  glActiveTexture(GL_TEXTURE0);
  glBindVertexArray(0);
  glBindFramebuffer(GL_FRAMEBUFFER, 0);
}

void Viewport::copy(const gl::Framebuffer& from, const gl::Framebuffer& to) const {
  glBindFramebuffer(GL_READ_FRAMEBUFFER, from.id());
  glBindFramebuffer(GL_DRAW_FRAMEBUFFER, to.id());
  glBlitFramebuffer(0, 0, width_, height_, 0, 0, width_, height_,
                    GL_COLOR_BUFFER_BIT | GL_DEPTH_BUFFER_BIT | GL_STENCIL_BUFFER_BIT, GL_NEAREST);
  glBindFramebuffer(GL_FRAMEBUFFER, to.id());
}

void Viewport::render(const ViewTransform& view, const Backdrop& backdrop, float depth_shading,
                      const std::function<void(const ViewTransform&)>& draw, Edges edges) {
  begin(view, backdrop, edges);
  draw(view);
  finish(view, depth_shading, edges);
}

void Viewport::render(const ViewTransform& view, const Backdrop& backdrop, float depth_shading,
                      const Layers& layers, Edges edges) {
  begin(view, backdrop, edges);
  if (edges == Edges::rough) {
    layers.still(view);
  } else if (const Still wanted = {view.ndc_from_world(), backdrop, layers.still_version}; still_ == wanted) {
    copy(still_target_, scene_target_);
  } else {
    layers.still(view);
    copy(scene_target_, still_target_);
    glBindFramebuffer(GL_FRAMEBUFFER, scene_target_.id());
    still_ = wanted;
  }
  layers.others(view);
  finish(view, depth_shading, edges);
}

void Viewport::draw_over(const std::function<void()>& draw) {
  glBindFramebuffer(GL_FRAMEBUFFER, picture_target_.id());
  glViewport(0, 0, width_, height_);
  draw();
  glBindFramebuffer(GL_FRAMEBUFFER, 0);
}

void Viewport::copy_to(gl::Texture& texture) const {
  if (texture.width() != width_ || texture.height() != height_) {
    texture.allocate(width_, height_, GL_RGBA8, GL_RGBA, GL_UNSIGNED_BYTE);
    texture.set_filter(GL_LINEAR);
  }
  glBindFramebuffer(GL_READ_FRAMEBUFFER, picture_target_.id());
  glBindTexture(GL_TEXTURE_2D, texture.id());
  glCopyTexSubImage2D(GL_TEXTURE_2D, 0, 0, 0, 0, 0, width_, height_);
  glBindTexture(GL_TEXTURE_2D, 0);
  glBindFramebuffer(GL_READ_FRAMEBUFFER, 0);
}

Image Viewport::read() const {
  Image image(width_, height_);
  std::vector<std::uint8_t> bottom_up(image.rgb.size());
  glBindFramebuffer(GL_READ_FRAMEBUFFER, picture_target_.id());
  glPixelStorei(GL_PACK_ALIGNMENT, 1);
  glReadPixels(0, 0, width_, height_, GL_RGB, GL_UNSIGNED_BYTE, bottom_up.data());
  glPixelStorei(GL_PACK_ALIGNMENT, 4);
  glBindFramebuffer(GL_READ_FRAMEBUFFER, 0);
  const std::size_t row = std::size_t(width_) * 3;
  for (int y = 0; y < height_; ++y) {
    std::copy_n(&bottom_up[(height_ - 1 - y) * row], row, image.pixel(0, y));
  }
  return image;
}

Drawing Viewport::read_with_opacity() const {
  std::vector<std::uint8_t> bottom_up(std::size_t(width_) * height_ * 4);
  glBindFramebuffer(GL_READ_FRAMEBUFFER, picture_target_.id());
  glReadPixels(0, 0, width_, height_, GL_RGBA, GL_UNSIGNED_BYTE, bottom_up.data());
  glBindFramebuffer(GL_READ_FRAMEBUFFER, 0);
  Drawing drawing{Image(width_, height_), {}};
  drawing.opacity.resize(std::size_t(width_) * height_);
  for (int y = 0; y < height_; ++y) {
    const std::uint8_t* from = &bottom_up[std::size_t(height_ - 1 - y) * width_ * 4];
    for (int x = 0; x < width_; ++x, from += 4) {
      const int opacity = from[3];
      drawing.opacity[std::size_t(y) * width_ + x] = std::uint8_t(opacity);
      for (int c = 0; c < 3 && opacity > 0; ++c)
        drawing.image.pixel(x, y)[c] = std::uint8_t(std::min(255, (from[c] * 255 + opacity / 2) / opacity));
    }
  }
  return drawing;
}

std::optional<Pick> Viewport::pick(const ViewTransform& view, const Eigen::Vector2f& pixel,
                                   const std::function<void(const ViewTransform&)>& draw_ids) {
  const Eigen::Vector2f around(kPickSide, kPickSide);
  const ViewTransform narrow = view.part(pixel - around / 2, around);

  glBindFramebuffer(GL_FRAMEBUFFER, pick_target_.id());
  glViewport(0, 0, kPickSide, kPickSide);
  glDisable(GL_SCISSOR_TEST);
  glDisable(GL_BLEND);
  glDisable(GL_CULL_FACE);
  glDepthMask(GL_TRUE);
  glEnable(GL_DEPTH_TEST);
  glDepthFunc(GL_LESS);
  constexpr std::array<GLuint, 4> nothing = {0, 0, 0, 0};
  glClearBufferuiv(GL_COLOR, 0, nothing.data());
  glClear(GL_DEPTH_BUFFER_BIT);
  draw_ids(narrow);

  std::array<std::uint32_t, kPickSide * kPickSide> ids;
  std::array<float, kPickSide * kPickSide> depths;
  glReadPixels(0, 0, kPickSide, kPickSide, GL_RED_INTEGER, GL_UNSIGNED_INT, ids.data());
  glReadPixels(0, 0, kPickSide, kPickSide, GL_DEPTH_COMPONENT, GL_FLOAT, depths.data());
  glDisable(GL_DEPTH_TEST);
  glBindFramebuffer(GL_FRAMEBUFFER, 0);

  std::optional<Pick> best;
  float best_distance = std::numeric_limits<float>::max();
  for (int y = 0; y < kPickSide; ++y) {
    for (int x = 0; x < kPickSide; ++x) {
      const int i = y * kPickSide + x;
      const Eigen::Vector2f offset(x - kPickSide / 2, kPickSide / 2 - y);
      if (ids[i] == 0 || offset.norm() >= best_distance) continue;
      best_distance = offset.norm();
      const float z = view.ndc_from_camera(2, 3) / (2 * depths[i] - 1 - view.ndc_from_camera(2, 2));
      best = Pick{ids[i], view.unproject(pixel + offset, z)};
    }
  }
  return best;
}

}  // namespace ahap

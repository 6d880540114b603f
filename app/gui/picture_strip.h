#pragma once

#include <imgui.h>

#include <optional>
#include <vector>

#include "app/gui/scene_renderer.h"
#include "app/gui/session.h"
#include "renderer/viewport.h"

namespace ahap {

// The pictures of the strip as textures: the capture's thumbnails, and the result's views with the bodies
// drawn over them. Draws only what has changed, and only tiles that are asked for.
class PictureStrip {
 public:
  explicit PictureStrip(SceneRenderer& renderer) : renderer_(renderer) {}

  // Forgets the views drawn so far: another result is shown, whose views are these cameras of the capture.
  void reset(std::vector<int> cameras_of_views);
  // Takes over the pictures that the session has decoded since, for the renderer, too. At the start of every
  // frame.
  void update(const Session& session);

  // Thumbnail of a camera of the capture; null until it is decoded.
  ImTextureID thumbnail(int camera) const;
  // A view of the result, seen by `camera`, with its bodies, `size` pixels; first row at the bottom, as
  // OpenGL has it. Not inside another pass.
  ImTextureID view(const Camera& camera, int view, const Eigen::Vector2i& size, const ViewState& state,
                   float pixel_scale);
  // The same from all pixels of its picture, beside the tile of the strip; one view at a time.
  ImTextureID large_view(const Camera& camera, int view, const Eigen::Vector2i& size, const ViewState& state,
                         float pixel_scale);
  // SceneRenderer::cover_range.
  std::optional<std::pair<float, float>> cover_range() const { return renderer_.cover_range(); }
  // All pixels of a view's picture, top row first; null: there is none. They must be drawn in this frame.
  ImTextureID picture(int view) const;

 private:
  struct Thumbnail {
    gl::Texture texture;
    int revision = 0;
    bool empty = true;
  };
  int camera_of(int view) const { return view < int(cameras_.size()) ? cameras_[view] : -1; }
  const Thumbnail* known(int camera) const;

  // What a drawn tile depends on.
  struct Look {
    int view = -1;
    Eigen::Vector2i size{0, 0};
    bool bodies = false, identity_colors = false;
    std::set<int> hidden_people;
    int selected_person = 0, hovered_person = 0;
    int picture = 0;  // its revision
    PhotoCover cover = PhotoCover::none;
    bool operator==(const Look&) const = default;
  };
  struct Tile {
    gl::Texture texture;
    Look look;
  };

  ImTextureID drawn(Tile& tile, const Camera& camera, int view, const Eigen::Vector2i& size,
                    const ViewState& state, float pixel_scale);

  SceneRenderer& renderer_;
  Viewport viewport_;
  std::vector<Thumbnail> thumbnails_;  // by camera
  std::vector<int> cameras_;           // of the views
  std::vector<Tile> views_;
  Tile large_;
};

inline ImTextureID texture_id(const gl::Texture& texture) {
  return reinterpret_cast<ImTextureID>(std::uintptr_t(texture.id()));
}

}  // namespace ahap

#include "app/gui/picture_strip.h"

#include "renderer/orbit_camera.h"

namespace ahap {

void PictureStrip::reset(std::vector<int> cameras_of_views) {
  views_.clear();
  large_ = {};
  cameras_ = std::move(cameras_of_views);
}

void PictureStrip::update(const Session& session) {
  const std::vector<CameraPicture>& pictures = session.pictures();
  thumbnails_.resize(pictures.size());
  for (std::size_t c = 0; c < pictures.size(); ++c) {
    Thumbnail& thumbnail = thumbnails_[c];
    if (thumbnail.revision == pictures[c].revision) continue;
    thumbnail.revision = pictures[c].revision;
    thumbnail.empty = pictures[c].thumbnail.empty();
    if (!thumbnail.empty) thumbnail.texture.upload(pictures[c].thumbnail);
  }
  std::vector<const gl::Texture*> of_views;
  for (std::size_t v = 0; v < cameras_.size(); ++v) {
    const Thumbnail* thumbnail = known(cameras_[v]);
    of_views.push_back(thumbnail ? &thumbnail->texture : nullptr);
  }
  renderer_.use_pictures(std::move(of_views));
}

const PictureStrip::Thumbnail* PictureStrip::known(int camera) const {
  const bool there = camera >= 0 && camera < int(thumbnails_.size()) && !thumbnails_[camera].empty;
  return there ? &thumbnails_[camera] : nullptr;
}

ImTextureID PictureStrip::thumbnail(int camera) const {
  const Thumbnail* thumbnail = known(camera);
  return thumbnail ? texture_id(thumbnail->texture) : nullptr;
}

ImTextureID PictureStrip::view(const Camera& camera, int view, const Eigen::Vector2i& size,
                               const ViewState& state, float pixel_scale) {
  if (int(views_.size()) <= view) views_.resize(view + 1);
  return drawn(views_[view], camera, view, size, state, pixel_scale);
}

ImTextureID PictureStrip::large_view(const Camera& camera, int view, const Eigen::Vector2i& size,
                                     const ViewState& state, float pixel_scale) {
  return drawn(large_, camera, view, size, state, pixel_scale);
}

ImTextureID PictureStrip::picture(int view) const {
  const gl::Texture* texture = renderer_.full_picture(view);
  return texture ? texture_id(*texture) : nullptr;
}

ImTextureID PictureStrip::drawn(Tile& tile, const Camera& camera, int view, const Eigen::Vector2i& size,
                                const ViewState& state, float pixel_scale) {
  const Thumbnail* thumbnail = known(camera_of(view));
  const Look look = {view,
                     size,
                     state.bodies,
                     state.identity_colors,
                     state.hidden_people,
                     state.selected.person,
                     state.hovered.person,
                     thumbnail ? thumbnail->revision : 0,
                     &tile == &large_ ? state.photo_cover : PhotoCover::none};
  if (tile.look != look) {
    tile.look = look;
    OrbitCamera eye;
    eye.set_scene(renderer_.bounds());
    eye.look_through(camera);
    eye.finish_transition();
    viewport_.render(eye.view(size.cast<float>()), {}, 0, [&](const ViewTransform& transform) {
      renderer_.draw_picture(view, transform, state, pixel_scale, &tile == &large_);
    });
    viewport_.copy_to(tile.texture);
  }
  return texture_id(tile.texture);
}

}  // namespace ahap

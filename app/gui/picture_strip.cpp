#include "app/gui/picture_strip.h"

#include "renderer/orbit_camera.h"

namespace ahap {

ImTextureID PictureStrip::thumbnail(const Session& session, int camera) {
  const CameraPicture& picture = session.pictures()[camera];
  if (picture.thumbnail.empty()) return nullptr;
  if (int(thumbnails_.size()) <= camera) thumbnails_.resize(camera + 1);
  Thumbnail& thumbnail = thumbnails_[camera];
  if (thumbnail.revision != picture.revision) {
    thumbnail.texture.upload(picture.thumbnail);
    thumbnail.revision = picture.revision;
  }
  return texture_id(thumbnail.texture);
}

ImTextureID PictureStrip::view(const Camera& camera, int view, const Eigen::Vector2i& size,
                               const ViewState& state, float pixel_scale) {
  if (int(views_.size()) <= view) views_.resize(view + 1);
  Tile& tile = views_[view];
  const Look look = {size,
                     state.bodies,
                     state.identity_colors,
                     state.hidden_people,
                     state.selected.person,
                     state.hovered.person};
  if (tile.look != look) {
    tile.look = look;
    OrbitCamera eye;
    eye.set_scene(renderer_.bounds());
    eye.look_through(camera);
    eye.finish_transition();
    viewport_.render(eye.view(size.cast<float>()), {}, 0, [&](const ViewTransform& transform) {
      renderer_.draw_picture(view, transform, state, pixel_scale);
    });
    viewport_.copy_to(tile.texture);
  }
  return texture_id(tile.texture);
}

}  // namespace ahap

#include "app/gui/picture_painter.h"

#include <algorithm>
#include <cmath>

#include "app/gui/panels/tape_panel.h"
#include "app/gui/panels/view_labels.h"

namespace ahap {
namespace {

constexpr int kTile = 2048;  // pixels: memory on the card grows with their square
// Of parts beyond their edges: points whose middle lies outside reach in, lines do, and depth shading looks
// at neighbours.
int overlap(float pixel_scale) {
  return int(std::ceil((kLargestPoint / 2 + 8) * pixel_scale));
}

// Parts of one length that cover a side, the last one ending with it.
struct Parts {
  int count, length, side;

  explicit Parts(int whole)
      : count((whole + kTile - 1) / kTile), length((whole + count - 1) / count), side(whole) {}
  int begin(int i) const { return std::min(i * length, side - length); }
};

void copy(const Drawing& tile, int tile_x, int tile_y, int width, int height, Drawing& picture, int x,
          int y) {
  for (int row = 0; row < height; ++row) {
    std::copy_n(tile.image.pixel(tile_x, tile_y + row), std::size_t(width) * 3,
                picture.image.pixel(x, y + row));
    if (picture.opacity.empty()) continue;
    std::copy_n(&tile.opacity[std::size_t(tile_y + row) * tile.image.width + tile_x], width,
                &picture.opacity[std::size_t(y + row) * picture.image.width + x]);
  }
}

// The part of the backdrop's gradient that lies behind these rows.
Backdrop part_of(const Backdrop& backdrop, float from, float to) {
  Backdrop part = backdrop;
  for (int c = 0; c < 3; ++c) {
    const float top = backdrop.top[c], change = float(backdrop.bottom[c]) - top;
    part.top[c] = std::uint8_t(std::lround(std::clamp(top + from * change, 0.0f, 255.0f)));
    part.bottom[c] = std::uint8_t(std::lround(std::clamp(top + to * change, 0.0f, 255.0f)));
  }
  return part;
}

}  // namespace

void PicturePainter::compose_labels(const ViewTransform& view, const ViewState& state,
                                    const Reconstruction& shown, const std::vector<Tape>& tapes,
                                    float scale) {
  if (!labels_ || labels_scale_ != scale) {
    labels_.reset();
    labels_.emplace(scale);
    labels_scale_ = scale;
  }
  labels_->compose(view.size, [&](ImDrawList& canvas, ImVec2 size, float pixels_per_unit) {
    picture_labels(shown, state, &canvas, view, pixels_per_unit);
    draw_tapes(tapes, shown, &canvas, size, view, pixels_per_unit);
  });
}

Drawing PicturePainter::paint(SceneRenderer& renderer, const ViewTransform& view, const ViewState& given,
                              const Reconstruction* shown, const std::vector<Tape>& tapes,
                              const PictureStyle& style) {
  ViewState state = given;
  state.hovered = {};
  const bool labels = style.labels && shown;
  if (labels) compose_labels(view, state, *shown, tapes, style.pixel_scale);
  Backdrop backdrop = theme::colors().backdrop;
  backdrop.clear = style.transparent;

  const int width = int(view.size.x()), height = int(view.size.y());
  const Parts across(width), down(height);
  const int margin = across.count * down.count > 1 ? overlap(style.pixel_scale) : 0;
  const Eigen::Vector2f size(across.length + 2 * margin, down.length + 2 * margin);
  Drawing picture{Image(width, height), {}};
  if (style.transparent) picture.opacity.resize(std::size_t(width) * height);
  for (int j = 0; j < down.count; ++j) {
    for (int i = 0; i < across.count; ++i) {
      const int x = across.begin(i), y = down.begin(j);
      const Eigen::Vector2f corner(x - margin, y - margin);
      viewport_.render(view.part(corner, size),
                       part_of(backdrop, corner.y() / view.size.y(), (corner.y() + size.y()) / view.size.y()),
                       state.depth_shading,
                       [&](const ViewTransform& part) { renderer.draw(part, state, style.pixel_scale); });
      if (labels) labels_->paint(viewport_, corner, size);
      const Drawing tile = style.transparent ? viewport_.read_with_opacity() : Drawing{viewport_.read(), {}};
      copy(tile, margin, margin, across.length, down.length, picture, x, y);
    }
  }
  return picture;
}

}  // namespace ahap

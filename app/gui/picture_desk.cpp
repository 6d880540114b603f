#include "app/gui/picture_desk.h"

namespace ahap {

Eigen::Vector2i PictureDesk::pixels(const Eigen::Vector2f& view_size) const {
  Eigen::Vector2i pixels(own_width, own_height);
  if (size == PictureSize::view) pixels = view_size.cast<int>();
  if (size == PictureSize::twice_view) pixels = (2 * view_size).cast<int>();
  if (size == PictureSize::full_hd) pixels = {1920, 1080};
  if (size == PictureSize::ultra_hd) pixels = {3840, 2160};
  if (size == PictureSize::square) pixels = {1080, 1080};
  return is_film() ? Eigen::Vector2i(pixels / 2 * 2) : pixels;
}

}  // namespace ahap

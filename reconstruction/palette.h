#pragma once

#include <array>

#include "reconstruction/mesh.h"

namespace ahap {

// The one colour of a person id, used in 3D, 2D, tables and exports. Okabe and Ito's palette without black
// (distinguishable for colour-blind eyes); ids beyond it repeat the hues at other lightness. id 0 (nobody) is
// grey.
inline Color person_color(int id) {
  constexpr std::array<Color, 7> base = {{{230, 159, 0},
                                          {86, 180, 233},
                                          {0, 158, 115},
                                          {240, 228, 66},
                                          {0, 114, 178},
                                          {213, 94, 0},
                                          {204, 121, 167}}};
  if (id <= 0) return {150, 150, 150};
  Color color = base[(id - 1) % base.size()];
  const int round = (id - 1) / int(base.size());
  for (auto& channel : color) {
    channel =
        std::uint8_t(round % 2 == 0 ? channel * (1.0 - 0.15 * round / 2) : channel + (255 - channel) * 0.5);
  }
  return color;
}

}  // namespace ahap

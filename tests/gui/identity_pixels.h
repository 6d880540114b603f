#pragma once

#include <algorithm>
#include <cmath>

#include "reconstruction/image.h"
#include "reconstruction/palette.h"

namespace ahap::testing {

// How many pixels of a part of a picture (0..1 of its width and height) show a shade of a person's colour:
// the same mixture of red, green and blue, brighter or darker.
inline int identity_pixels(const Image& image, int person_id, double x0 = 0, double y0 = 0, double x1 = 1,
                           double y1 = 1) {
  const Color color = person_color(person_id);
  const double brightest = std::max({color[0], color[1], color[2]});
  int count = 0;
  for (int y = int(y0 * image.height); y < int(y1 * image.height); ++y) {
    for (int x = int(x0 * image.width); x < int(x1 * image.width); ++x) {
      const std::uint8_t* pixel = image.pixel(x, y);
      const double bright = std::max({pixel[0], pixel[1], pixel[2]});
      if (bright < 60) continue;
      double difference = 0;
      for (int c = 0; c < 3; ++c)
        difference = std::max(difference, std::abs(pixel[c] / bright - color[c] / brightest));
      count += difference < 0.12;
    }
  }
  return count;
}

}  // namespace ahap::testing

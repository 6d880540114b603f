#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "reconstruction/image.h"

namespace ahap {

using Color = std::array<std::uint8_t, 3>;
enum class Align { left, centre, right };

// A picture with smooth lines, dots and text (the program's own font), for charts. Coordinates in pixels, the
// centre of the top-left one at (0.5, 0.5), y downwards; what lies outside is cut off.
class ChartPicture {
 public:
  // Throws a sentence when the font cannot be read.
  ChartPicture(int width, int height, Color paper);
  ~ChartPicture();

  void line(double x0, double y0, double x1, double y1, double width, Color color);
  void dot(double x, double y, double radius, Color color);
  // (x, y): where the base line begins, has its middle, or ends. size: of the font, pixels. ASCII.
  void text(const std::string& words, double x, double y, double size, Color color,
            Align align = Align::left);

  const Image& image() const { return image_; }

 private:
  struct Font;
  void blend(int x, int y, double share, Color color);

  Image image_;
  std::unique_ptr<Font> font_;
};

}  // namespace ahap

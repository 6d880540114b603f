#include "reconstruction/formats/chart_picture.h"

#define STB_TRUETYPE_IMPLEMENTATION
#define STBTT_STATIC
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#include <stb/stb_truetype.h>
#pragma GCC diagnostic pop

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <vector>

#include "reconstruction/formats/assets.h"

namespace ahap {

struct ChartPicture::Font {
  std::vector<unsigned char> file;
  stbtt_fontinfo info;
};

ChartPicture::ChartPicture(int width, int height, Color paper)
    : image_(width, height), font_(std::make_unique<Font>()) {
  for (std::size_t i = 0; i < image_.rgb.size(); ++i) image_.rgb[i] = paper[i % 3];
  const auto file = asset_directory() / "fonts" / "Inter-Regular.otf";
  std::ifstream in(file, std::ios::binary);
  font_->file.assign(std::istreambuf_iterator<char>(in), {});
  if (font_->file.empty() || !stbtt_InitFont(&font_->info, font_->file.data(), 0)) {
    throw std::runtime_error("Cannot read the font " + file.string() + ".");
  }
}

ChartPicture::~ChartPicture() = default;

void ChartPicture::blend(int x, int y, double share, Color color) {
  if (x < 0 || y < 0 || x >= image_.width || y >= image_.height) return;
  std::uint8_t* pixel = image_.pixel(x, y);
  for (int c = 0; c < 3; ++c) pixel[c] = std::uint8_t(std::lround(pixel[c] + (color[c] - pixel[c]) * share));
}

void ChartPicture::line(double x0, double y0, double x1, double y1, double width, Color color) {
  const double reach = width / 2 + 1, dx = x1 - x0, dy = y1 - y0, length2 = dx * dx + dy * dy;
  for (int y = int(std::floor(std::min(y0, y1) - reach)); y <= int(std::ceil(std::max(y0, y1) + reach));
       ++y) {
    for (int x = int(std::floor(std::min(x0, x1) - reach)); x <= int(std::ceil(std::max(x0, x1) + reach));
         ++x) {
      const double px = x + 0.5 - x0, py = y + 0.5 - y0;
      const double t = length2 > 0 ? std::clamp((px * dx + py * dy) / length2, 0.0, 1.0) : 0;
      const double distance = std::hypot(px - t * dx, py - t * dy);
      const double share = std::clamp(width / 2 + 0.5 - distance, 0.0, 1.0);
      if (share > 0) blend(x, y, share, color);
    }
  }
}

void ChartPicture::dot(double x, double y, double radius, Color color) {
  line(x, y, x, y, 2 * radius, color);
}

void ChartPicture::text(const std::string& words, double x, double y, double size, Color color, Align align) {
  const float scale = stbtt_ScaleForMappingEmToPixels(&font_->info, float(size));
  const auto advance = [&](std::size_t i) {
    int width = 0, bearing = 0;
    stbtt_GetCodepointHMetrics(&font_->info, words[i], &width, &bearing);
    if (i + 1 < words.size()) width += stbtt_GetCodepointKernAdvance(&font_->info, words[i], words[i + 1]);
    return width * scale;
  };
  double length = 0;
  for (std::size_t i = 0; i < words.size(); ++i) length += advance(i);
  if (align == Align::centre) x -= length / 2;
  if (align == Align::right) x -= length;
  const double base = std::round(y);
  for (std::size_t i = 0; i < words.size(); ++i) {
    const int whole = int(std::floor(x));
    int width = 0, height = 0, left = 0, top = 0;
    unsigned char* glyph = stbtt_GetCodepointBitmapSubpixel(&font_->info, scale, scale, float(x - whole), 0,
                                                            words[i], &width, &height, &left, &top);
    for (int v = 0; v < height; ++v) {
      for (int u = 0; u < width; ++u)
        blend(whole + left + u, int(base) + top + v, glyph[v * width + u] / 255.0, color);
    }
    stbtt_FreeBitmap(glyph, nullptr);
    x += advance(i);
  }
}

}  // namespace ahap

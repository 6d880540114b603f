#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace ahap {

// 8-bit sRGB picture, row-major, three bytes a pixel (R, G, B), top row first.
// The centre of the top-left pixel is (0.5, 0.5).
struct Image {
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> rgb;

  Image() = default;
  Image(int width, int height) : width(width), height(height), rgb(std::size_t(width) * height * 3) {}

  bool empty() const { return rgb.empty(); }
  std::uint8_t* pixel(int x, int y) { return &rgb[(std::size_t(y) * width + x) * 3]; }
  const std::uint8_t* pixel(int x, int y) const { return &rgb[(std::size_t(y) * width + x) * 3]; }
};

}  // namespace ahap

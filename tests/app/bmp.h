#pragma once

#include <cstdint>
#include <string>

namespace ahap::testing {

// The bytes of a picture of one colour, in the format that is only a header and pixels.
inline std::string bmp(int width, int height) {
  auto number = [](std::uint32_t value, int bytes) {
    std::string text;
    for (int i = 0; i < bytes; ++i) text += char(value >> 8 * i & 255);
    return text;
  };
  const std::string pixels(std::size_t((3 * width + 3) / 4 * 4 * height), char(100));
  return "BM" + number(std::uint32_t(54 + pixels.size()), 4) + number(0, 4) + number(54, 4) + number(40, 4) +
         number(width, 4) + number(height, 4) + number(1, 2) + number(24, 2) + std::string(24, '\0') + pixels;
}

}  // namespace ahap::testing

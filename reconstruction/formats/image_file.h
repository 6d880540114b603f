#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>
#include <vector>

#include "reconstruction/image.h"

namespace ahap {

// A picture that the program draws, on a background that may be clear.
struct Drawing {
  Image image;
  std::vector<std::uint8_t> opacity;  // of each pixel, 0 clear to 255; empty: nothing is clear
};

// Pictures as files, complete or absent (safe_write). Failures name the file.
void write_png(const Image& image, const std::filesystem::path& file);
// Likewise, for what the program draws of its results: the file says so (PNG's tEXt, "Software"), so that it
// is never taken for a view.
void write_drawing(const Image& image, const std::filesystem::path& file);
void write_drawing(const Drawing& drawing, const std::filesystem::path& file);
// Whether a file that begins with these bytes, a few hundred, was written by write_drawing.
bool is_drawing(std::string_view beginning);
void write_jpeg(const Image& image, const std::filesystem::path& file, int quality = 92);  // quality 1..100

}  // namespace ahap

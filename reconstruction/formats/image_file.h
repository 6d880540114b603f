#pragma once

#include <filesystem>
#include <string_view>

#include "reconstruction/image.h"

namespace ahap {

// Pictures as files, complete or absent (safe_write). Failures name the file.
void write_png(const Image& image, const std::filesystem::path& file);
// Likewise, for what the program draws of its results: the file says so (PNG's tEXt, "Software"), so that it
// is never taken for a view.
void write_drawing(const Image& image, const std::filesystem::path& file);
// Whether a file that begins with these bytes, a few hundred, was written by write_drawing.
bool is_drawing(std::string_view beginning);
void write_jpeg(const Image& image, const std::filesystem::path& file, int quality = 92);  // quality 1..100

}  // namespace ahap

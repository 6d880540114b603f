#pragma once

#include <filesystem>

#include "reconstruction/image.h"

namespace ahap {

// Pictures as files, complete or absent (safe_write). Failures name the file.
void write_png(const Image& image, const std::filesystem::path& file);
void write_jpeg(const Image& image, const std::filesystem::path& file, int quality = 92);  // quality 1..100

}  // namespace ahap

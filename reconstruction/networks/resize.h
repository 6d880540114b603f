#pragma once

#include "reconstruction/image.h"

// Resizing of 8-bit pictures exactly as the tools do it that the published networks were trained with.
namespace ahap {

// Averages over the area that a new pixel covers (OpenCV's INTER_AREA), rounded once. For making smaller.
Image resize_area(const Image& image, int width, int height);

// Four taps with a = -0.75, borders repeated, weights in 1/2048 (OpenCV's INTER_CUBIC). For making larger.
Image resize_cubic(const Image& image, int width, int height);

// a = -0.5, the kernel as wide as the new pixels when making smaller; rows first, each pass rounded to 8 bits
// (Pillow's BICUBIC).
Image resize_bicubic(const Image& image, int width, int height);

// The same with three lobes of a windowed sine to each side (Pillow's LANCZOS).
Image resize_lanczos(const Image& image, int width, int height);

}  // namespace ahap

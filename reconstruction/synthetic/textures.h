#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

#include "reconstruction/synthetic/linear_color.h"

namespace ahap {

// Procedural patterns, made once. A texel says how a material's three colours mix; the colours come from the
// material, so that one pattern serves many surfaces.
enum class Pattern : std::uint8_t {
  plain,
  carpet,
  concrete,
  planks,
  parquet,
  tiles,
  bricks,
  wood,
  stripes,
  pinstripes,
  checks,
  plaid,
  dots,
  damask,
  floral,
  camouflage,
  blinds,
  foliage,
  grass,
  books,
  door,
  drawers,
  facade,
  clouds,
  screen,
  fabric,
  folds,
  leaves,
  picture,      // variants: paintings and posters, one tile
  window_view,  // variants: what is seen through a window, with its frame, one tile
  print,        // variants: a print on a shirt, accent only inside, one tile
};

constexpr int kPictures = 8, kWindowViews = 6, kPrints = 6;

// Index of a pattern's texture; `variant` counts within picture, window_view and print.
int texture_index(Pattern pattern, int variant = 0);

struct Texel {
  std::uint8_t blend;   // from colour 0 (0) to colour 1 (255)
  std::uint8_t accent;  // then to colour 2
  std::uint8_t shade;   // times shade / 128
  std::uint8_t unused;
};

// Square, repeating, with a mip pyramid.
struct Texture {
  static constexpr int kLevels = 8;  // 128 ... 1
  static constexpr int kSize = 1 << (kLevels - 1);
  std::vector<Texel> levels[kLevels];

  // Mix of the three colours at tile coordinates (s, t), one tile = 1; `footprint` is a pixel's size in
  // tiles.
  LinearColor sample(float s, float t, float footprint, const LinearColor colors[3]) const {
    using Bytes = std::uint8_t __attribute__((vector_size(4)));
    using Lanes = LinearColor::Lanes;
    const float texels = footprint * kSize;
    int level = 0;
    if (texels > 1) {  // floor(log2(texels))
      std::uint32_t bits;
      std::memcpy(&bits, &texels, sizeof bits);
      level = std::min(int(bits >> 23) - 127, kLevels - 1);
    }
    const int size = kSize >> level, mask = size - 1;
    // Truncation is floor for positive numbers.
    const float x = s * size + (65536 - 0.5f), y = t * size + (65536 - 0.5f);
    const int x0 = int(x), y0 = int(y);
    const float fx = x - x0, fy = y - y0;
    const Texel* upper = levels[level].data() + (y0 & mask) * size;
    const Texel* lower = levels[level].data() + ((y0 + 1) & mask) * size;
    const auto load = [](const Texel& texel) {
      Bytes bytes;
      std::memcpy(&bytes, &texel, sizeof bytes);
      return __builtin_convertvector(bytes, Lanes);
    };
    const int left = x0 & mask, right = (x0 + 1) & mask;
    const Lanes a = load(upper[left]), b = load(upper[right]), c = load(lower[left]), d = load(lower[right]);
    const Lanes top = a + fx * (b - a), bottom = c + fx * (d - c);
    const Lanes mean = top + fy * (bottom - top);
    const LinearColor color = mix(colors[0], colors[1], mean[0] * (1 / 255.f));
    return mix(color, colors[2], mean[1] * (1 / 255.f)) * (mean[2] * (1 / 128.f));
  }
};

// All textures, in the order of texture_index.
const std::vector<Texture>& textures();

}  // namespace ahap

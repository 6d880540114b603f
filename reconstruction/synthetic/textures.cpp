#include "reconstruction/synthetic/textures.h"

#include <algorithm>
#include <functional>
#include <optional>

#include "reconstruction/random.h"

namespace ahap {
namespace {

constexpr int N = Texture::kSize;

struct Value {
  float blend = 0, accent = 0, shade = 1;
};

// Lattice hash in [0, 1).
float lattice(int x, int y, int seed) {
  std::uint32_t h =
      std::uint32_t(x) * 0x8da6b343u ^ std::uint32_t(y) * 0xd8163841u ^ std::uint32_t(seed) * 0xcb1ab31fu;
  h = (h ^ (h >> 13)) * 0x5bd1e995u;
  return float((h ^ (h >> 15)) & 0xffffff) * 0x1p-24f;
}

float smooth(float t) {
  return t * t * (3 - 2 * t);
}
float step_between(float low, float high, float x) {
  return smooth(std::clamp((x - low) / (high - low), 0.f, 1.f));
}

// Value noise with `cells` cells per tile, repeating.
float noise(float s, float t, int cells, int seed) {
  const float x = s * cells, y = t * cells;
  const int x0 = int(std::floor(x)), y0 = int(std::floor(y));
  const auto at = [&](int i, int j) {
    return lattice((i % cells + cells) % cells, (j % cells + cells) % cells, seed);
  };
  const float fx = smooth(x - x0), fy = smooth(y - y0);
  return (at(x0, y0) * (1 - fx) + at(x0 + 1, y0) * fx) * (1 - fy) +
         (at(x0, y0 + 1) * (1 - fx) + at(x0 + 1, y0 + 1) * fx) * fy;
}

float fractal(float s, float t, int cells, int octaves, int seed) {
  float sum = 0, weight = 0.5f;
  for (int o = 0; o < octaves; ++o, weight /= 2, cells *= 2) sum += weight * noise(s, t, cells, seed + o);
  return sum / (1 - weight * 2);
}

float fraction(float x) {
  return x - std::floor(x);
}

// Rows of blocks, every other one shifted by half a block: bricks, planks. joint in tiles.
Value blocks(float s, float t, int columns, int rows, float shift, float joint, int seed) {
  const int row = int(t * rows);
  const float x = s * columns + shift * (row % 2 == 0 ? 0.f : 0.5f) + lattice(row, 7, seed) * (1 - shift);
  const int column = (int(std::floor(x)) % columns + columns) % columns;
  const float edge = std::min({fraction(x) / columns, (1 - fraction(x)) / columns, fraction(t * rows) / rows,
                               (1 - fraction(t * rows)) / rows});
  Value v;
  v.blend = lattice(column, row, seed + 1);
  v.accent = edge < joint ? 0.8f : 0.f;
  return v;
}

Value picture(float s, float t, int variant) {
  Random random(1000 + variant);
  Value v;
  v.blend = variant % 3 == 0 ? t : fractal(s, t, 3, 3, variant);
  v.shade = 0.85f + 0.3f * fractal(s, t, 5, 3, 50 + variant);
  for (int i = 0; i < 9; ++i) {
    const float x = random.uniform(), y = random.uniform(), rx = random.uniform(0.04f, 0.3f),
                ry = random.uniform(0.04f, 0.3f);
    const bool round = random.chance(0.5f), dark = random.chance(0.4f);
    const float tone = random.uniform();
    const bool inside =
        round ? std::hypot((s - x) / rx, (t - y) / ry) < 1 : std::abs(s - x) < rx && std::abs(t - y) < ry;
    if (!inside) continue;
    v.blend = tone;
    v.accent = random.chance(0.5f) ? 1.f : 0.f;
    if (dark) v.shade *= 0.45f;
  }
  const float edge = std::min({s, 1 - s, t, 1 - t});
  if (edge < 0.04f)
    v = {0, 0, variant % 2 == 0 ? 0.1f : 0.7f};  // frame
  else if (variant % 4 == 1 && edge < 0.14f)
    v = {0, 0, 1.7f};  // mount
  return v;
}

Value window_view(float s, float t, int variant) {
  Value v;
  v.shade = 1.7f - 0.5f * t;  // t runs downwards: a bright sky on top
  const float skyline = 0.35f + 0.3f * noise(s, 0.3f, 4 + variant, 200 + variant);
  if (t > skyline) {
    v.accent = 0.85f;
    v.shade = 0.5f + 0.9f * fractal(s, t, 10, 3, 210 + variant);
    if (variant % 2 == 1)
      v.blend = fraction(s * 9) < 0.5f && fraction(t * 11) < 0.5f ? 1.f : 0.2f, v.accent = 0.3f;
  }
  if (variant >= 3) {  // slats, upright or level
    const float slat = variant == 4 ? fraction(t * 24) : fraction(s * 20);
    v.shade *= slat < 0.55f ? 1.f : 0.75f;
    if (slat < 0.5f) v = {0, 0, 1.5f};
  }
  const float edge = std::min({s, 1 - s, t, 1 - t});
  const float bar = std::min(std::abs(s - 0.5f), variant % 2 == 0 ? std::abs(t - 0.4f) : 1.f);
  if (edge < 0.035f || bar < 0.015f) v = {0, 0, 0.75f};
  return v;
}

Value print(float s, float t, int variant) {
  Random random(3000 + variant);
  const float x = s - 0.5f, y = t - 0.5f;
  Value v;
  switch (variant) {
    case 0:
      v.accent = std::hypot(x, y) < 0.4f ? 1.f : 0.f;
      break;
    case 1:  // lines of text
      v.accent = std::abs(x) < 0.45f && std::abs(y) < 0.3f && fraction(t * 7) < 0.55f &&
                 noise(s, std::floor(t * 7) / 7, 24, 8) > 0.35f;
      break;
    case 2:
      v.accent = std::abs(x) < 0.4f && std::abs(y) < 0.4f && noise(s, t, 9, 31) > 0.5f;
      break;
    case 3:
      v.accent = std::abs(y) < 0.12f ? 1.f : 0.f;
      break;  // chest band
    case 4:
      v.accent = std::abs(std::hypot(x, y) - 0.3f) < 0.09f || std::hypot(x, y) < 0.1f;
      break;
    default:
      v.accent = std::abs(x) + std::abs(y) < 0.42f && noise(s, t, 6, 77) > 0.3f;
      break;
  }
  return v;
}

// Floors, walls and what grows.
std::optional<Value> surface_value(Pattern pattern, float s, float t) {
  Value v;
  const float grain = fractal(s, t, 32, 2, 1);
  switch (pattern) {
    case Pattern::plain:
      v.shade = 0.96f + 0.08f * fractal(s, t, 4, 4, 2);
      break;
    case Pattern::carpet:
      v.blend = fractal(s, t, 4, 3, 3);
      v.shade = 0.7f + 0.6f * noise(s, t, 64, 4);
      break;
    case Pattern::concrete:
      v.blend = fractal(s, t, 3, 5, 5);
      v.accent = noise(s, t, 48, 6) > 0.9f ? 0.4f : 0.f;
      break;
    case Pattern::planks:
      v = blocks(s, t, 1, 6, 0.f, 0.005f, 10);
      v.shade = 0.8f + 0.4f * fractal(fraction(s * 0.999f), fraction(t * 0.999f), 24, 2, 11) *
                           (0.5f + noise(s, t * 1.f, 16, 12));
      break;
    case Pattern::parquet: {
      const int i = int(s * 4), j = int(t * 4);
      const bool across = (i + j) % 2 == 0;
      const float along = fraction(across ? s * 4 : t * 4), stave = fraction(across ? t * 4 : s * 4) * 4;
      v.blend = lattice(i * 7 + int(stave), j, 13);
      v.accent = fraction(stave) < 0.08f || along < 0.02f ? 0.7f : 0.f;
      v.shade = 0.85f + 0.3f * grain;
      break;
    }
    case Pattern::tiles: {
      const int i = int(s * 4), j = int(t * 4);
      const float edge =
          std::min({fraction(s * 4), 1 - fraction(s * 4), fraction(t * 4), 1 - fraction(t * 4)});
      v.blend = 0.3f * lattice(i, j, 15) + 0.4f * fractal(s, t, 6, 3, 16);
      v.accent = edge < 0.03f ? 1.f : 0.f;
      break;
    }
    case Pattern::bricks:
      v = blocks(s, t, 4, 12, 1.f, 0.007f, 20);
      v.shade = 0.75f + 0.5f * grain;
      break;
    case Pattern::wood: {
      const float ring = fraction(t * 5 + 1.3f * fractal(s, t, 2, 3, 22));
      v.blend = ring;
      v.shade = 0.85f + 0.3f * noise(s * 0.25f, t, 32, 23);
      break;
    }
    case Pattern::foliage:
      v.blend = fractal(s, t, 8, 3, 30);
      v.shade =
          0.35f + 1.1f * step_between(0.3f, 0.7f, noise(s, t, 22, 31)) * (0.5f + 0.5f * noise(s, t, 7, 32));
      break;
    case Pattern::grass:
      v.blend = fractal(s, t, 4, 4, 33);
      v.shade = 0.65f + 0.7f * noise(s, t, 60, 34);
      v.accent = noise(s, t, 10, 35) > 0.8f ? 0.4f : 0.f;
      break;
    case Pattern::facade: {
      const float x = fraction(s * 4), y = fraction(t * 4);
      v.blend = 0.3f * grain;
      if (std::abs(x - 0.5f) < 0.22f && std::abs(y - 0.5f) < 0.3f)
        v = {0, 1, 0.6f + 0.8f * lattice(int(s * 4), int(t * 4), 43)};
      break;
    }
    case Pattern::clouds:
      v.blend = step_between(0.45f, 0.75f, fractal(s, t, 3, 5, 44));
      break;
    default:
      return std::nullopt;
  }
  return v;
}

std::optional<Value> cloth_value(Pattern pattern, int variant, float s, float t) {
  Value v;
  switch (pattern) {
    case Pattern::stripes:
      v.blend = fraction(s * 4) < 0.5f ? 0.f : 1.f;
      break;
    case Pattern::pinstripes:
      v.blend = fraction(s * 10) < 0.18f ? 1.f : 0.f;
      break;
    case Pattern::checks:
      v.blend = (int(s * 6) + int(t * 6)) % 2 == 0 ? 0.f : 1.f;
      break;
    case Pattern::plaid: {
      const auto bands = [](float x) {
        return 0.5f * (fraction(x * 3) < 0.45f) + 0.5f * (fraction(x * 3 + 0.3f) < 0.12f);
      };
      v.blend = 0.5f * (bands(s) + bands(t));
      v.accent = fraction(s * 3 + 0.6f) < 0.06f || fraction(t * 3 + 0.6f) < 0.06f ? 0.7f : 0.f;
      break;
    }
    case Pattern::dots:
      v.blend = std::hypot(fraction(s * 6) - 0.5f, fraction(t * 6) - 0.5f) < 0.25f ? 1.f : 0.f;
      break;
    case Pattern::damask: {
      const float wave = std::sin(12.566f * s) * std::cos(12.566f * t) + 0.5f * std::sin(25.13f * (s + t));
      v.blend = step_between(-0.1f, 0.1f, wave);
      break;
    }
    case Pattern::floral: {
      const int i = int(s * 5), j = int(t * 5);
      const float x = fraction(s * 5) - 0.3f - 0.4f * lattice(i, j, 24),
                  y = fraction(t * 5) - 0.3f - 0.4f * lattice(i, j, 25);
      const float petal = 0.2f + 0.07f * std::sin(5 * std::atan2(y, x));
      v.blend = std::hypot(x, y) < petal ? 1.f : 0.f;
      v.accent = std::hypot(x, y) < 0.07f ? 1.f : (noise(s, t, 20, 26) > 0.8f ? 0.6f : 0.f);
      break;
    }
    case Pattern::camouflage:
      v.blend = fractal(s, t, 4, 2, 27) > 0.52f ? 1.f : 0.f;
      v.accent = fractal(s, t, 5, 2, 28) > 0.6f ? 1.f : 0.f;
      break;
    case Pattern::fabric:
      v.shade = 0.86f + 0.28f * noise(s, t, 64, 47);
      v.blend = fractal(s, t, 3, 3, 48);
      break;
    case Pattern::folds:  // creases of cloth: soft ridges
      v.shade = 0.72f + 0.56f * std::abs(2 * fractal(s, t, 4, 3, 49) - 1) * 1.6f;
      break;
    case Pattern::print:
      v = print(s, t, variant);
      break;
    default:
      return std::nullopt;
  }
  return v;
}

std::optional<Value> thing_value(Pattern pattern, int variant, float s, float t) {
  Value v;
  switch (pattern) {
    case Pattern::blinds: {
      const float slat = fraction(s * 12);
      v.shade = 0.7f + 0.5f * slat;
      v.blend = slat < 0.12f ? 1.f : 0.f;
      break;
    }
    case Pattern::books: {
      const int shelf = int(t * 4), book = int(s * 18 + 0.5f * lattice(int(s * 18), shelf, 36));
      const float height = 0.55f + 0.35f * lattice(book, shelf, 37), y = 1 - fraction(t * 4);
      v.blend = lattice(book, shelf, 38);
      v.accent = lattice(book, shelf, 39) > 0.6f ? 0.9f : 0.f;
      v.shade = 0.4f + 1.1f * lattice(book, shelf, 40);
      if (y > height || lattice(book / 4, shelf, 41) > 0.8f) v = {0, 0, 0.15f};
      if (y < 0.06f) v = {0, 0, 1.f};
      break;
    }
    case Pattern::door: {
      const float x = std::abs(s - 0.5f), y = fraction(t * 2);
      const bool groove = (std::abs(x - 0.36f) < 0.015f && y > 0.1f && y < 0.9f) ||
                          (x < 0.37f && (std::abs(y - 0.1f) < 0.02f || std::abs(y - 0.9f) < 0.02f));
      v.shade = groove ? 0.75f : 1.f;
      if (std::hypot(s - 0.9f, (t - 0.52f) * 2) < 0.04f) v = {0, 1, 0.5f};
      break;
    }
    case Pattern::drawers: {
      const float x = fraction(s * 3), y = fraction(t * 2);
      v.shade = 0.93f + 0.12f * noise(s, t, 8, 42);
      if (std::min({x, 1 - x, y, 1 - y}) < 0.02f) v.shade = 0.5f;
      if (std::abs(x - 0.5f) < 0.12f && std::abs(y - 0.15f) < 0.025f) v.accent = 1;
      break;
    }
    case Pattern::screen:
      v.blend = fractal(s, t, 5, 2, 45);
      v.accent = fraction(t * 9) < 0.4f && noise(s, t, 16, 46) > 0.5f ? 0.5f : 0.f;
      if (std::min({s, 1 - s, t, 1 - t}) < 0.03f) v = {0, 0, 0.05f};
      break;
    case Pattern::leaves:
      v.blend = t;
      v.shade = 0.8f + 0.4f * std::abs(s - 0.5f);
      break;
    case Pattern::picture:
      v = picture(s, t, variant);
      break;
    case Pattern::window_view:
      v = window_view(s, t, variant);
      break;
    default:
      return std::nullopt;
  }
  return v;
}

Value value(Pattern pattern, int variant, float s, float t) {
  if (const auto v = surface_value(pattern, s, t)) return *v;
  if (const auto v = cloth_value(pattern, variant, s, t)) return *v;
  return thing_value(pattern, variant, s, t).value();
}

Texture make_texture(Pattern pattern, int variant) {
  const auto byte = [](float x, float scale) { return std::uint8_t(std::clamp(x * scale, 0.f, 255.f)); };
  Texture texture;
  texture.levels[0].resize(N * N);
  for (int y = 0; y < N; ++y)
    for (int x = 0; x < N; ++x) {
      const Value v = value(pattern, variant, (x + 0.5f) / N, (y + 0.5f) / N);
      texture.levels[0][y * N + x] = {byte(v.blend, 255), byte(v.accent, 255), byte(v.shade, 128), 0};
    }
  for (int level = 1; level < Texture::kLevels; ++level) {
    const int size = N >> level;
    const std::vector<Texel>& finer = texture.levels[level - 1];
    texture.levels[level].resize(size * size);
    for (int y = 0; y < size; ++y)
      for (int x = 0; x < size; ++x) {
        const Texel* a = &finer[2 * y * 2 * size + 2 * x];
        const Texel* b = a + 2 * size;
        const auto mean = [&](std::uint8_t Texel::*c) {
          return std::uint8_t((a[0].*c + a[1].*c + b[0].*c + b[1].*c + 2) / 4);
        };
        texture.levels[level][y * size + x] = {mean(&Texel::blend), mean(&Texel::accent), mean(&Texel::shade),
                                               0};
      }
  }
  return texture;
}

}  // namespace

int texture_index(Pattern pattern, int variant) {
  const int picture = int(Pattern::picture);
  switch (pattern) {
    case Pattern::picture:
      return picture + variant % kPictures;
    case Pattern::window_view:
      return picture + kPictures + variant % kWindowViews;
    case Pattern::print:
      return picture + kPictures + kWindowViews + variant % kPrints;
    default:
      return int(pattern);
  }
}

const std::vector<Texture>& textures() {
  static const std::vector<Texture> all = [] {
    std::vector<Texture> result;
    for (int p = 0; p < int(Pattern::picture); ++p) result.push_back(make_texture(Pattern(p), 0));
    for (int i = 0; i < kPictures; ++i) result.push_back(make_texture(Pattern::picture, i));
    for (int i = 0; i < kWindowViews; ++i) result.push_back(make_texture(Pattern::window_view, i));
    for (int i = 0; i < kPrints; ++i) result.push_back(make_texture(Pattern::print, i));
    return result;
  }();
  return all;
}

}  // namespace ahap

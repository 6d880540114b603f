#include "reconstruction/synthetic/shadow_map.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "reconstruction/synthetic/raster.h"

namespace ahap {

using Eigen::Vector2f;
using Eigen::Vector3f;

float FloorShade::at(float x, float z) const {
  const float scale = kSize / (2 * half_extent);
  const float fx = (x + half_extent) * scale - 0.5f, fz = (z + half_extent) * scale - 0.5f;
  if (!(fx >= 0 && fz >= 0 && fx < kSize - 1 && fz < kSize - 1)) return 1;
  const int i = int(fx), j = int(fz);
  const float a = fx - i, b = fz - j;
  const float* p = &open[j * kSize + i];
  return (1 - b) * ((1 - a) * p[0] + a * p[1]) + b * ((1 - a) * p[kSize] + a * p[kSize + 1]);
}

float ShadowMap::lit(const Vector3f& p, bool soft) const {
  const float x = (p.x() - low.x()) * texels_per_metre - 0.5f,
              y = (p.y() - low.y()) * texels_per_metre - 0.5f;
  if (!(x >= 2 && y >= 2 && x < kSize - 6 && y < kSize - 4)) return 1;
  const int i = int(x), j = int(y);
  const float a = x - i, b = y - j, height = p.z();
  const Range& around = ranges[j / kCell * kCells + i / kCell];
  if (height >= around.high) return 1;
  if (height < around.low) return 0;
  const float* at = &nearest[j * kSize + i];
  if (!soft) {
    const auto open = [&](const float* q) { return *q <= height ? 1.f : 0.f; };
    return (1 - b) * ((1 - a) * open(at) + a * open(at + 1)) +
           b * ((1 - a) * open(at + kSize) + a * open(at + kSize + 1));
  }
  // Mean of 5 x 5 bilinear tests: a row of six texels weighs (1 - a, 1, 1, 1, 1, a).
  using Lanes = LinearColor::Lanes;
  using Mask = int __attribute__((vector_size(16)));
  const Lanes left_weight = {1 - a, 1, 1, 1}, right_weight = {1, a, 0, 0};
  Lanes sum = {0, 0, 0, 0};
  for (int dy = -2; dy <= 3; ++dy) {
    Lanes left, right;
    std::memcpy(&left, at + dy * kSize - 2, sizeof left);
    std::memcpy(&right, at + dy * kSize + 2, sizeof right);
    const Lanes open_left = Lanes(Mask(left <= height) & Mask(left_weight));
    const Lanes open_right = Lanes(Mask(right <= height) & Mask(right_weight));
    sum += (dy == -2 ? 1 - b : dy == 3 ? b : 1.f) * (open_left + open_right);
  }
  return (sum[0] + sum[1] + sum[2] + sum[3]) * (1 / 25.f);
}

ShadowMap make_shadow_map(const World& world, const Light& light) {
  ShadowMap map;
  const Vector3f toward = light.direction;
  const Vector3f right =
      (std::abs(toward.y()) > 0.9f ? Vector3f::UnitX() : Vector3f::UnitY()).cross(toward).normalized();
  map.light_from_world << right.transpose(), toward.cross(right).transpose(), toward.transpose();
  const float half = 4.5f;
  const Vector3f middle = map.light_from_world * Vector3f(0, 0.5f, 0);
  map.low = middle.head<2>() - Vector2f::Constant(half);
  map.texels_per_metre = ShadowMap::kSize / (2 * half);

  Raster raster(ShadowMap::kSize, ShadowMap::kSize, -1e9f);
  const auto corner = [&](const Vector3f& X) {
    const Vector3f p = map.light_from_world * X;
    return Corner{(p.x() - map.low.x()) * map.texels_per_metre, (p.y() - map.low.y()) * map.texels_per_metre,
                  p.z()};
  };
  std::vector<Corner> projected;
  for (const Actor& actor : world.people) {
    projected.clear();
    for (const Vector3f& X : actor.vertices) projected.push_back(corner(X));
    for (const Triangle& t : body_template(world.options.detail).triangles) {
      const Corner c[3] = {projected[t[0]], projected[t[1]], projected[t[2]]};
      if ((c[1].x - c[0].x) * (c[2].y - c[0].y) > (c[2].x - c[0].x) * (c[1].y - c[0].y)) raster.draw<3>(c, 1);
    }
  }
  for (const Face& face : world.scenery.faces) {
    if (!face.casts_shadow || (!face.two_sided && face.u.cross(face.v).dot(toward) <= 0)) continue;
    Vector3f X[4];
    Corner c[4];
    const int n = corners_of(face, X);
    for (int k = 0; k < n; ++k) c[k] = corner(X[k]);
    raster.draw(c, n, 1);
  }
  map.nearest = std::move(raster.key);
  constexpr int size = ShadowMap::kSize, cell = ShadowMap::kCell, cells = ShadowMap::kCells;
  map.ranges.assign(cells * cells, {1e9f, -1e9f});
  for (int y = 0; y < size; ++y)
    for (int x = 0; x < size; x += cell) {
      const auto [low, high] =
          std::minmax_element(&map.nearest[y * size + x], &map.nearest[y * size + x] + cell);
      // A cell's tests reach two texels to the left and up and three to the right and down.
      for (int j = std::max(0, y - 3) / cell; j <= std::min(size - 1, y + 2) / cell; ++j)
        for (int i = std::max(0, x / cell - 1); i <= std::min(cells - 1, x / cell + 1); ++i) {
          ShadowMap::Range& range = map.ranges[j * cells + i];
          range.low = std::min(range.low, *low), range.high = std::max(range.high, *high);
        }
    }
  return map;
}

}  // namespace ahap

#pragma once

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "reconstruction/synthetic/scenery.h"

namespace ahap {

// A point on the raster: pixel coordinates and a key that is linear on the screen; the larger key wins.
struct Corner {
  float x, y, key;
};

// Keeps for each pixel the surface with the largest key: 1/z for a camera, the height towards the light for a
// shadow map.
struct Raster {
  int width, height;
  std::vector<float> key;
  std::vector<std::uint32_t> id;

  Raster(int width, int height, float background)
      : width(width), height(height), key(std::size_t(width) * height, background), id(key.size(), 0) {}

  // Convex polygon, any orientation.
  template <int N>
  void draw(const Corner* corner, std::uint32_t what) {
    float min_y = corner[0].y, max_y = min_y, min_x = corner[0].x, max_x = min_x, min_key = corner[0].key,
          max_key = min_key;
    for (int i = 1; i < N; ++i) {
      min_y = std::min(min_y, corner[i].y), max_y = std::max(max_y, corner[i].y);
      min_x = std::min(min_x, corner[i].x), max_x = std::max(max_x, corner[i].x);
      min_key = std::min(min_key, corner[i].key), max_key = std::max(max_key, corner[i].key);
    }
    if (!(max_x > 0 && max_y > 0 && min_x < float(width) && min_y < float(height))) return;
    // Rows and columns whose centres lie inside: [first, last).
    const int y0 = std::max(0, int(std::ceil(min_y - 0.5f))),
              y1 = std::min(height, int(std::ceil(max_y - 0.5f)));
    if (y0 >= y1) return;
    const int x_first = int(std::ceil(std::max(min_x, 0.f) - 0.5f)),
              x_last = int(std::ceil(std::min(max_x, float(width)) - 0.5f));
    if (x_first >= x_last) return;

    // key = key0 + (x - x0) dx + (y - y0) dy on the polygon's plane.
    const Corner &a = corner[0], &b = corner[1], &c = corner[2];
    const float area = (b.x - a.x) * (c.y - a.y) - (c.x - a.x) * (b.y - a.y);
    if (std::abs(area) < 1e-5f) return;
    const float dx = ((b.key - a.key) * (c.y - a.y) - (c.key - a.key) * (b.y - a.y)) / area;
    const float dy = ((c.key - a.key) * (b.x - a.x) - (b.key - a.key) * (c.x - a.x)) / area;

    // Each edge from its upper to its lower end, so that neighbours agree on where it crosses a row.
    struct Edge {
      float y0, y1, x0, slope;
    } edge[N];
    for (int i = 0; i < N; ++i) {
      const Corner *p = &corner[i], *q = &corner[(i + 1) % N];
      if (p->y > q->y) std::swap(p, q);
      edge[i] = {p->y, q->y, p->x, q->y > p->y ? (q->x - p->x) / (q->y - p->y) : 0.f};
    }
    for (int y = y0; y < y1; ++y) {
      const float cy = y + 0.5f;
      float left = 1e9f, right = -1e9f;
      for (const Edge& e : edge) {
        if (cy < e.y0 || cy >= e.y1) continue;
        const float x = e.x0 + (cy - e.y0) * e.slope;
        left = std::min(left, x), right = std::max(right, x);
      }
      const int x0 = std::max(x_first, int(std::ceil(std::max(left, -1.f) - 0.5f)));
      const int x1 = std::min(x_last, int(std::ceil(std::min(right, width + 1.f) - 0.5f)));
      const float k0 = a.key + (cy - a.y) * dy + (0.5f - a.x) * dx;
      float* keys = &key[std::size_t(y) * width];
      std::uint32_t* ids = &id[std::size_t(y) * width];
      for (int x = x0; x < x1; ++x) {
        const float k = std::clamp(k0 + float(x) * dx, min_key, max_key);
        const bool nearer = k > keys[x];
        keys[x] = nearer ? k : keys[x];
        ids[x] = nearer ? what : ids[x];
      }
    }
  }

  void draw(const Corner* corner, int count, std::uint32_t what) {
    switch (count) {
      case 3:
        draw<3>(corner, what);
        break;
      case 4:
        draw<4>(corner, what);
        break;
      case 5:
        draw<5>(corner, what);
        break;
      default:
        break;
    }
  }
};

// Corners of a face in order; how many there are.
inline int corners_of(const Face& face, Eigen::Vector3f corner[4]) {
  corner[0] = face.origin;
  corner[1] = face.origin + face.u;
  corner[2] =
      face.triangle ? Eigen::Vector3f(face.origin + face.v) : Eigen::Vector3f(face.origin + face.u + face.v);
  corner[3] = face.origin + face.v;
  return face.triangle ? 3 : 4;
}

}  // namespace ahap

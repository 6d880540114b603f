#include "reconstruction/synthetic/rasterizer.h"

#include <Eigen/Geometry>
#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

namespace ahap {
namespace {

using Eigen::Array3f;
using Eigen::Matrix3f;
using Eigen::Vector2f;
using Eigen::Vector3f;

constexpr float kNear = 0.1f;  // metres
constexpr std::uint32_t kPersonBit = 0x80000000u;

// What lies in a pixel: 0 nothing, 1 + face of the scenery, or kPersonBit | person << 20 | triangle.
std::uint32_t person_id(int person, int triangle) {
  return kPersonBit | std::uint32_t(person) << 20 | std::uint32_t(triangle);
}
int person_of(std::uint32_t id) {
  return int(id >> 20 & 0x7ff);
}
int triangle_of(std::uint32_t id) {
  return int(id & 0xfffff);
}

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

int corners_of(const Face& face, Vector3f corner[4]) {
  corner[0] = face.origin;
  corner[1] = face.origin + face.u;
  corner[2] = face.triangle ? Vector3f(face.origin + face.v) : Vector3f(face.origin + face.u + face.v);
  corner[3] = face.origin + face.v;
  return face.triangle ? 3 : 4;
}

// A camera in single precision.
struct Eye {
  Matrix3f R;  // camera_from_world
  Vector3f t, center;
  float f, cx, cy;
  int width, height;

  Eye(const Camera& camera, float scale)
      : R(camera.camera_from_world().linear().cast<float>()),
        t(camera.camera_from_world().translation().cast<float>()),
        center(camera.center().cast<float>()),
        f(float(camera.K(0, 0)) * scale),
        cx(float(camera.K(0, 2)) * scale),
        cy(float(camera.K(1, 2)) * scale),
        width(int(std::lround(camera.width * scale))),
        height(int(std::lround(camera.height * scale))) {}

  Corner project(const Vector3f& X) const {  // X in camera coordinates
    const float inverse = 1 / X.z();
    return {f * X.x() * inverse + cx, f * X.y() * inverse + cy, inverse};
  }
};

Raster rasterize(const World& world, const Eye& eye) {
  Raster raster(eye.width, eye.height, 0);
  // People first: they hide much of the rest.
  std::vector<Corner> projected;
  const std::vector<Triangle>& triangles = body_template(world.options.detail).triangles;
  for (int p = 0; p < int(world.people.size()); ++p) {
    const Actor& actor = world.people[p];
    projected.resize(actor.vertices.size());
    for (std::size_t v = 0; v < projected.size(); ++v) {
      const Vector3f X = eye.R * actor.vertices[v] + eye.t;
      projected[v] = X.z() > kNear ? eye.project(X) : Corner{0, 0, -1};
    }
    for (int i = 0; i < int(triangles.size()); ++i) {
      const Corner corner[3] = {projected[triangles[i][0]], projected[triangles[i][1]],
                                projected[triangles[i][2]]};
      if (corner[0].key < 0 || corner[1].key < 0 || corner[2].key < 0) continue;
      // Counter-clockwise outside becomes clockwise with y down: the back has a positive area.
      if ((corner[1].x - corner[0].x) * (corner[2].y - corner[0].y) >=
          (corner[2].x - corner[0].x) * (corner[1].y - corner[0].y))
        continue;
      raster.draw<3>(corner, person_id(p, i));
    }
  }
  const std::vector<Face>& faces = world.scenery.faces;
  for (std::size_t i = faces.size(); i-- > 0;) {  // floor and walls, which come first, last
    const Face& face = faces[i];
    if (!face.two_sided && face.u.cross(face.v).dot(eye.center - face.origin) <= 0) continue;
    Vector3f X[4], clipped[5];
    const int n = corners_of(face, X);
    for (int k = 0; k < n; ++k) X[k] = eye.R * X[k] + eye.t;
    int count = 0;
    for (int k = 0; k < n; ++k) {
      const Vector3f &a = X[k], &b = X[(k + 1) % n];
      if (a.z() > kNear) clipped[count++] = a;
      if ((a.z() > kNear) != (b.z() > kNear))
        clipped[count++] = a + (kNear - a.z()) / (b.z() - a.z()) * (b - a);
    }
    Corner corner[5];
    for (int k = 0; k < count; ++k) corner[k] = eye.project(clipped[k]);
    raster.draw(corner, count, std::uint32_t(1 + i));
  }
  return raster;
}

// Display value of linear light, by a table over its exponent and the first bits of its mantissa.
struct ToneCurve {
  static constexpr int kMantissaBits = 8;
  static constexpr float kMin = 0x1p-12f, kMax = 4;
  static std::uint32_t key(float x) {
    std::uint32_t bits;
    std::memcpy(&bits, &x, sizeof bits);
    return bits >> (23 - kMantissaBits);
  }
  std::array<std::uint8_t, (14 << kMantissaBits) + 1> table;

  ToneCurve() {
    for (std::uint32_t i = 0; i < table.size(); ++i) {
      const std::uint32_t bits = (i + key(kMin)) << (23 - kMantissaBits);
      float x;
      std::memcpy(&x, &bits, sizeof x);
      x *= 1 + 0.5f / (1 << kMantissaBits);
      const float y = x < 0.6f ? x : 0.6f + 0.4f * (1 - std::exp(-(x - 0.6f) / 0.4f));  // highlights roll off
      const float s = y <= 0.0031308f ? 12.92f * y : 1.055f * std::pow(y, 1 / 2.4f) - 0.055f;
      table[i] = std::uint8_t(std::clamp(s * 255 + 0.5f, 0.f, 255.f));
    }
  }
  void display(LinearColor color, std::uint8_t* rgb) const {
    using Lanes = LinearColor::Lanes;
    using Bits = std::uint32_t __attribute__((vector_size(16)));
    Lanes x = color.lanes();
    x = x > kMin ? x : Lanes{} + kMin;
    x = x < kMax ? x : Lanes{} + kMax;
    const Bits index = (Bits(x) >> (23 - kMantissaBits)) - key(kMin);
    for (int c = 0; c < 3; ++c) rgb[c] = table[index[c]];
  }
};

const ToneCurve& tone_curve() {
  static const ToneCurve curve;
  return curve;
}

// Openings as one light sees them: place on the opening, 0..1 each way, and how far before it a point lies.
class LitOpenings {
 public:
  LitOpenings(const std::vector<Opening>& openings, const Vector3f& toward_light) {
    for (const Opening& o : openings) {
      const Vector3f n = o.u.cross(o.v);
      const float along = n.dot(toward_light);
      if (std::abs(along) < 1e-6f) continue;
      // X + t L with t = n . (origin - X) / (n . L) lies in the opening's plane; a and b are its coordinates
      // there.
      const auto linear = [&](const Vector3f& edge) {
        const Vector3f e = edge / edge.squaredNorm();
        return Vector3f(e - e.dot(toward_light) / along * n);
      };
      openings_.push_back({o.origin, linear(o.u), linear(o.v), -n / along, o.u.norm() * o.slats});
    }
  }

  bool visible_from(const Vector3f& X) const {
    for (const Projected& o : openings_) {
      const Vector3f d = X - o.origin;
      const float a = o.a.dot(d), b = o.b.dot(d);
      if (!(a >= 0 && a <= 1 && b >= 0 && b <= 1) || o.t.dot(d) < 0) continue;
      const float slat = a * o.slats;
      return o.slats == 0 || slat - std::floor(slat) < 0.55f;
    }
    return false;
  }

 private:
  struct Projected {
    Vector3f origin, a, b, t;
    float slats;
  };
  std::vector<Projected> openings_;
};

// Share of the ambient light that reaches a surface: less near the floor, and on it under things.
float openness(const World& world, float x, float y, float z, bool level) {
  return level && y < 0.05f ? world.floor_shade.at(x, z) : 0.75f + 0.25f * std::min(1.f, y * 1.4f);
}

LinearColor ambient(const Lighting& lighting, float normal_y) {
  return mix(lighting.ambient_down, lighting.ambient_up, 0.5f + 0.5f * normal_y);
}

constexpr float kShadowOffset = 0.03f;  // metres off the surface, against its own shadow

// Light that falls on a point.
LinearColor light_at(const World& world, const std::vector<LitOpenings>& openings, const Vector3f& X,
                     const Vector3f& normal) {
  const Lighting& lighting = world.lighting;
  LinearColor light = openness(world, X.x(), X.y(), X.z(), normal.y() > 0.7f) * ambient(lighting, normal.y());
  for (std::size_t i = 0; i < lighting.lights.size(); ++i) {
    const Light& l = lighting.lights[i];
    const float facing = normal.dot(l.direction);
    if (facing <= 0 || (l.through_openings && !openings[i].visible_from(X))) continue;
    const ShadowMap& map = world.shadow_maps[i];
    light += facing * map.lit(map.light_from_world * (X + kShadowOffset * normal), l.soft) * l.color;
  }
  return light;
}

// Everything about a face that is linear along a row of pixels: value = constant + z * (slope . (ray_x,
// ray_y, 1)).
struct Along {
  float constant;
  Vector3f slope;

  Along() = default;
  // of direction . X + offset for the points X that the eye sees
  Along(const Eye& eye, const Vector3f& direction, float offset)
      : constant(direction.dot(eye.center) + offset), slope(eye.R * direction) {}
};

struct FaceShading {
  bool ready = false;
  Vector3f normal, normal_camera;
  Along s, t, x, y, z;  // texture coordinates and the world point
  struct {
    float facing;
    Along x, y, z;  // the point in the light's frame
  } light[kMaxLights];
  float tiles;
  LinearColor ambient;
};

FaceShading prepare(const World& world, const Eye& eye, const Face& face) {
  FaceShading f;
  f.ready = true;
  const float k = world.scenery.materials[face.material].tiles_per_metre;
  f.normal = face.normal();
  if (f.normal.dot(eye.center - face.origin) < 0) f.normal = -f.normal;
  f.normal_camera = eye.R * f.normal;
  const Vector3f us = face.u / face.u.squaredNorm() * (k > 0 ? k * face.u.norm() : 1);
  const Vector3f vt = face.v / face.v.squaredNorm() * (k > 0 ? k * face.v.norm() : 1);
  f.s = Along(eye, us, -us.dot(face.origin));
  f.t = Along(eye, vt, -vt.dot(face.origin));
  f.x = Along(eye, Vector3f::UnitX(), 0);
  f.y = Along(eye, Vector3f::UnitY(), 0);
  f.z = Along(eye, Vector3f::UnitZ(), 0);
  f.tiles = k > 0 ? k : 1 / std::max(face.u.norm(), face.v.norm());
  f.ambient = ambient(world.lighting, f.normal.y());
  for (std::size_t i = 0; i < world.lighting.lights.size(); ++i) {
    auto& light = f.light[i];
    light.facing = f.normal.dot(world.lighting.lights[i].direction);
    const Matrix3f& L = world.shadow_maps[i].light_from_world;
    const Vector3f offset = kShadowOffset * (L * f.normal);
    light.x = Along(eye, L.row(0).transpose(), offset.x());
    light.y = Along(eye, L.row(1).transpose(), offset.y());
    light.z = Along(eye, L.row(2).transpose(), offset.z());
  }
  return f;
}

// Colours of the pixels [x0, x1) of a row that all show one face.
void shade_span(const World& world, const std::vector<LitOpenings>& openings, const Eye& eye,
                const Face& face, const FaceShading& f, const float* key, int y, int x0, int x1,
                LinearColor* out) {
  const Material& material = world.scenery.materials[face.material];
  const Texture& texture = textures()[material.texture];
  const float pixel = 1 / eye.f, ray_y = (y + 0.5f - eye.cy) * pixel;
  struct Row {
    float constant, start, step;
    float at(float z, float x) const { return constant + z * (start + x * step); }
  };
  const auto along = [&](const Along& a) {
    return Row{a.constant, a.slope.x() * (0.5f - eye.cx) * pixel + a.slope.y() * ray_y + a.slope.z(),
               a.slope.x() * pixel};
  };
  const Row row_s = along(f.s), row_t = along(f.t);
  // How obliquely the face is seen, for the size of a pixel on it; it hardly changes along a span.
  const Vector3f ray((0.5f * (x0 + x1) - eye.cx) * pixel, ray_y, 1);
  const float slope = std::max(0.2f, std::abs(f.normal_camera.dot(ray)) / ray.norm());
  const float footprint = pixel * f.tiles / std::sqrt(slope);
  if (material.emission > 0) {
    for (int x = x0; x < x1; ++x) {
      const float z = 1 / key[x];
      out[x] =
          material.emission * texture.sample(row_s.at(z, x), row_t.at(z, x), footprint * z, material.colors);
    }
    return;
  }
  const Row row_x = along(f.x), row_y = along(f.y), row_z = along(f.z);
  const bool level = f.normal.y() > 0.7f;
  for (int x = x0; x < x1; ++x) {
    const float z = 1 / key[x];
    out[x] = openness(world, row_x.at(z, x), row_y.at(z, x), row_z.at(z, x), level) * f.ambient;
  }
  for (std::size_t i = 0; i < world.lighting.lights.size(); ++i) {
    const Light& l = world.lighting.lights[i];
    const auto& light = f.light[i];
    if (light.facing <= 0) continue;
    const LinearColor color = light.facing * l.color;
    const Row lx = along(light.x), ly = along(light.y), lz = along(light.z);
    const ShadowMap& map = world.shadow_maps[i];
    for (int x = x0; x < x1; ++x) {
      const float z = 1 / key[x];
      if (l.through_openings && !openings[i].visible_from({row_x.at(z, x), row_y.at(z, x), row_z.at(z, x)}))
        continue;
      out[x] += map.lit({lx.at(z, x), ly.at(z, x), lz.at(z, x)}, l.soft) * color;
    }
  }
  for (int x = x0; x < x1; ++x) {
    const float z = 1 / key[x];
    out[x] *= texture.sample(row_s.at(z, x), row_t.at(z, x), footprint * z, material.colors);
  }
}

LinearColor sky(const World& world, const Vector3f& direction) {
  const Vector3f d = direction.normalized();
  const float h = std::clamp(d.y(), 0.f, 1.f);
  const LinearColor zenith = world.lighting.sky_zenith, horizon = world.lighting.sky_horizon;
  const LinearColor blue = mix(horizon, zenith, std::sqrt(h));
  const LinearColor colors[3] = {blue, LinearColor::grey(1.2f), blue};
  static const int texture = texture_index(Pattern::clouds);
  const float k = 0.3f / (h + 0.25f);
  return textures()[texture].sample(d.x() * k, d.z() * k, 0.01f, colors);
}

// Softens the stairs where two surfaces meet, as a lens and a sensor do.
void soften_edges(const Raster& raster, Image& image) {
  const auto surface = [&](std::size_t i) {
    const std::uint32_t id = raster.id[i];
    return id & kPersonBit ? id >> 20 : id;
  };
  const Image sharp = image;
  const int w = raster.width, h = raster.height;
  for (int y = 1; y + 1 < h; ++y)
    for (int x = 1; x + 1 < w; ++x) {
      const std::size_t i = std::size_t(y) * w + x;
      const std::uint32_t here = surface(i);
      if (here == surface(i - 1) && here == surface(i + 1) && here == surface(i - w) &&
          here == surface(i + w))
        continue;
      for (int c = 0; c < 3; ++c)
        image.rgb[3 * i + c] =
            std::uint8_t((4 * sharp.rgb[3 * i + c] + sharp.rgb[3 * (i - 1) + c] + sharp.rgb[3 * (i + 1) + c] +
                          sharp.rgb[3 * (i - w) + c] + sharp.rgb[3 * (i + w) + c] + 4) /
                         8);
    }
}

}  // namespace

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

std::vector<int> count_visible_pixels(const World& world, const Camera& camera, int step) {
  const Raster raster = rasterize(world, Eye(camera, 1.f / step));
  std::vector<int> count(world.people.size());
  for (const std::uint32_t id : raster.id)
    if (id & kPersonBit) ++count[person_of(id)];
  return count;
}

RenderedView render(const World& world, int view) {
  const Camera& camera = world.cameras[view];
  const int samples = world.options.samples;
  const Eye eye(camera, float(samples));
  const Raster raster = rasterize(world, eye);
  const BodyTemplate& body = body_template(world.options.detail);
  const ToneCurve& curve = tone_curve();

  RenderedView result;
  result.camera = camera;
  result.image = Image(camera.width, camera.height);
  const std::size_t pixels = std::size_t(camera.width) * camera.height;
  result.depth.assign(pixels, 0);
  result.person.assign(pixels, 0);
  result.canonical.assign(pixels, Vector3f::Zero());
  result.visible_pixels.assign(world.people.size(), 0);
  Image large = samples > 1 ? Image(eye.width, eye.height) : Image();
  Image& drawn = samples > 1 ? large : result.image;

  std::vector<FaceShading> face_shading(world.scenery.faces.size());
  std::vector<LitOpenings> openings;  // per light
  for (const Light& light : world.lighting.lights)
    openings.emplace_back(world.scenery.openings, light.direction);
  std::vector<LinearColor> row(eye.width);
  const Matrix3f world_from_camera = eye.R.transpose();
  const float pixel_angle = 1 / eye.f;
  const int centre = samples / 2;
  for (int y = 0; y < eye.height; ++y) {
    const float* key = &raster.key[std::size_t(y) * eye.width];
    const std::uint32_t* id = &raster.id[std::size_t(y) * eye.width];
    // The row of the picture whose pixels have their centres here, if any.
    const bool exact_row = y % samples == centre;
    const std::size_t first = std::size_t(y / samples) * camera.width;
    const auto is_exact = [&](int x) { return exact_row && x % samples == centre; };
    for (int x = 0, end; x < eye.width; x = end) {
      end = x + 1;
      if (id[x] == 0 || id[x] & kPersonBit) {
        const Vector3f ray = world_from_camera * Vector3f((x + 0.5f - eye.cx) * pixel_angle,
                                                          (y + 0.5f - eye.cy) * pixel_angle, 1);
        if (id[x] == 0) {
          row[x] = sky(world, ray);
          continue;
        }
        const float z = 1 / key[x];
        const Vector3f X = eye.center + z * ray;
        const int p = person_of(id[x]);
        const Actor& actor = world.people[p];
        const Triangle& t = body.triangles[triangle_of(id[x])];
        // Barycentric coordinates of the point.
        const Vector3f &A = actor.vertices[t[0]], AB = actor.vertices[t[1]] - A,
                       AC = actor.vertices[t[2]] - A;
        const Vector3f n = AB.cross(AC);
        const float inverse = 1 / std::max(n.squaredNorm(), 1e-20f);
        const float b = std::clamp((X - A).cross(AC).dot(n) * inverse, 0.f, 1.f);
        const float c = std::clamp(AB.cross(X - A).dot(n) * inverse, 0.f, 1.f - b);
        const float a = 1 - b - c;
        const Vector3f canonical =
            a * body.canonical[t[0]] + b * body.canonical[t[1]] + c * body.canonical[t[2]];
        const Vector3f normal =
            (a * actor.normals[t[0]] + b * actor.normals[t[1]] + c * actor.normals[t[2]]).normalized();
        row[x] = outfit_color(actor.outfit, body, canonical, z * pixel_angle) *
                 light_at(world, openings, X, normal);
        if (is_exact(x)) {
          const std::size_t pixel = first + x / samples;
          result.depth[pixel] = z;
          result.person[pixel] = std::uint8_t(p + 1);
          result.canonical[pixel] = canonical;
          ++result.visible_pixels[p];
        }
      } else {
        while (end < eye.width && id[end] == id[x]) ++end;
        const int face = int(id[x] - 1);
        FaceShading& f = face_shading[face];
        if (!f.ready) f = prepare(world, eye, world.scenery.faces[face]);
        shade_span(world, openings, eye, world.scenery.faces[face], f, key, y, x, end, row.data());
        for (int i = x; i < end; ++i)
          if (is_exact(i)) result.depth[first + i / samples] = 1 / key[i];
      }
    }
    std::uint8_t* out = drawn.pixel(0, y);
    for (int x = 0; x < eye.width; ++x) curve.display(world.lighting.exposure * row[x], out + 3 * x);
  }
  soften_edges(raster, drawn);
  if (samples > 1) {
    for (int y = 0; y < camera.height; ++y)
      for (int x = 0; x < camera.width; ++x)
        for (int c = 0; c < 3; ++c) {
          int sum = 0;
          for (int dy = 0; dy < samples; ++dy)
            for (int dx = 0; dx < samples; ++dx) sum += large.pixel(x * samples + dx, y * samples + dy)[c];
          result.image.pixel(x, y)[c] = std::uint8_t((sum + samples * samples / 2) / (samples * samples));
        }
  }
  return result;
}

}  // namespace ahap

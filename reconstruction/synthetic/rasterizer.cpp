#include "reconstruction/synthetic/rasterizer.h"

#include <Eigen/Geometry>
#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "reconstruction/synthetic/raster.h"

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

// What a ray meets of a person, z along the optical axis.
struct PersonPoint {
  LinearColor color;
  Vector3f canonical;
};

PersonPoint person_at(const World& world, const std::vector<LitOpenings>& openings, const BodyTemplate& body,
                      std::uint32_t id, const Vector3f& X, float footprint) {
  const Actor& actor = world.people[person_of(id)];
  const Triangle& t = body.triangles[triangle_of(id)];
  const Vector3f &A = actor.vertices[t[0]], AB = actor.vertices[t[1]] - A, AC = actor.vertices[t[2]] - A;
  const Vector3f n = AB.cross(AC);
  const float inverse = 1 / std::max(n.squaredNorm(), 1e-20f);
  const float b = std::clamp((X - A).cross(AC).dot(n) * inverse, 0.f, 1.f);
  const float c = std::clamp(AB.cross(X - A).dot(n) * inverse, 0.f, 1.f - b);
  const float a = 1 - b - c;
  const Vector3f canonical = a * body.canonical[t[0]] + b * body.canonical[t[1]] + c * body.canonical[t[2]];
  const Vector3f normal =
      (a * actor.normals[t[0]] + b * actor.normals[t[1]] + c * actor.normals[t[2]]).normalized();
  return {outfit_color(actor.outfit, body, canonical, footprint) * light_at(world, openings, X, normal),
          canonical};
}

// Each pixel of `small` is the mean of samples x samples of `large`.
void average(const Image& large, int samples, Image& small) {
  for (int y = 0; y < small.height; ++y)
    for (int x = 0; x < small.width; ++x)
      for (int c = 0; c < 3; ++c) {
        int sum = 0;
        for (int dy = 0; dy < samples; ++dy)
          for (int dx = 0; dx < samples; ++dx) sum += large.pixel(x * samples + dx, y * samples + dy)[c];
        small.pixel(x, y)[c] = std::uint8_t((sum + samples * samples / 2) / (samples * samples));
      }
}

RenderedView empty_view(const World& world, const Camera& camera) {
  RenderedView view;
  view.camera = camera;
  view.image = Image(camera.width, camera.height);
  const std::size_t pixels = std::size_t(camera.width) * camera.height;
  view.depth.assign(pixels, 0);
  view.person.assign(pixels, 0);
  view.canonical.assign(pixels, Vector3f::Zero());
  view.visible_pixels.assign(world.people.size(), 0);
  return view;
}

}  // namespace

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

  RenderedView result = empty_view(world, camera);
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
        const PersonPoint point = person_at(world, openings, body, id[x], X, z * pixel_angle);
        row[x] = point.color;
        if (is_exact(x)) {
          const std::size_t pixel = first + x / samples;
          result.depth[pixel] = z;
          const int p = person_of(id[x]);
          result.person[pixel] = std::uint8_t(p + 1);
          result.canonical[pixel] = point.canonical;
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
  if (samples > 1) average(large, samples, result.image);
  return result;
}

}  // namespace ahap

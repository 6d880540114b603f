#include "reconstruction/synthetic/scenery.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>

namespace ahap {

using Eigen::Vector2f;
using Eigen::Vector3f;

float Obstacle::distance(const Vector3f& X) const {
  const float dx = X.x() - center.x(), dz = X.z() - center.y(), c = std::cos(yaw), s = std::sin(yaw);
  const float x = std::max(0.f, std::abs(c * dx - s * dz) - half.x()),
              z = std::max(0.f, std::abs(s * dx + c * dz) - half.y());
  const float y = std::max({0.f, bottom - X.y(), X.y() - top});
  return std::sqrt(x * x + y * y + z * z);
}

Vector3f Spot::world(float lx, float ly, float lz) const {
  const float c = std::cos(yaw), s = std::sin(yaw);
  return {x + c * lx + s * lz, y + ly, z - s * lx + c * lz};
}

int Scenery::add(const Material& material) {
  materials.push_back(material);
  return int(materials.size()) - 1;
}

void Scenery::box(const Spot& spot, const Vector3f& low, const Vector3f& high, int material) {
  const Vector3f o = spot.world(low.x(), low.y(), low.z());
  const Vector3f X = spot.world(high.x(), low.y(), low.z()) - o,
                 Z = spot.world(low.x(), low.y(), high.z()) - o, Y(0, high.y() - low.y(), 0);
  faces.push_back({o + Y, Z, X, material});
  faces.push_back({o + Z, X, Y, material});
  faces.push_back({o + X, -X, Y, material});
  faces.push_back({o, Z, Y, material});
  faces.push_back({o + X + Z, -Z, Y, material});
  if (o.y() > 0.03f) faces.push_back({o, X, Z, material});
}

void Scenery::stick(const Vector3f& from, const Vector3f& to, float thickness, int material) {
  const Vector3f along = to - from;
  const Vector3f side = (std::abs(along.x()) < 0.9f * along.norm() ? Vector3f::UnitX() : Vector3f::UnitZ())
                            .cross(along)
                            .normalized() *
                        thickness;
  const Vector3f up = along.cross(side).normalized() * thickness;
  const Vector3f o = from - 0.5f * (side + up);
  faces.push_back({o, along, up, material, false, true});
  faces.push_back({o + side, up, along, material, false, true});
  faces.push_back({o, side, along, material, false, true});
  faces.push_back({o + up, along, side, material, false, true});
}

void Scenery::occupy(const Spot& spot, const Vector3f& low, const Vector3f& high) {
  const Vector3f center = spot.world(0.5f * (low.x() + high.x()), 0, 0.5f * (low.z() + high.z()));
  obstacles.push_back({{center.x(), center.z()},
                       {0.5f * (high.x() - low.x()), 0.5f * (high.z() - low.z())},
                       spot.yaw,
                       spot.y + low.y(),
                       spot.y + high.y()});
}

bool Scenery::is_free(const Vector3f& X, float clearance) const {
  return std::none_of(obstacles.begin(), obstacles.end(),
                      [&](const Obstacle& o) { return o.distance(X) < clearance; });
}

namespace {

constexpr float pi = std::numbers::pi_v<float>;

Material plain(const LinearColor& color) {
  Material m;
  m.texture = texture_index(Pattern::plain);
  m.tiles_per_metre = 0.5f;
  m.colors[0] = m.colors[1] = m.colors[2] = color;
  return m;
}

Material patterned(Pattern pattern, float tiles_per_metre, const LinearColor& a, const LinearColor& b,
                   const LinearColor& c) {
  Material m;
  m.texture = texture_index(pattern);
  m.tiles_per_metre = tiles_per_metre;
  m.colors[0] = a, m.colors[1] = b, m.colors[2] = c;
  return m;
}

LinearColor any_color(Random& random, float saturation, float low, float high) {
  return linear_from_hsv(random.uniform(), random.uniform(0, saturation), random.uniform(low, high));
}

LinearColor vivid(Random& random) {
  return linear_from_hsv(random.uniform(), random.uniform(0.6f, 1), random.uniform(0.5f, 0.95f));
}

LinearColor wood_color(Random& random) {
  return linear_from_hsv(random.uniform(0.05f, 0.1f), random.uniform(0.25f, 0.65f),
                         random.uniform(0.2f, 0.85f));
}

Material wooden(Random& random) {
  const LinearColor a = wood_color(random);
  return patterned(Pattern::wood, random.uniform(0.6f, 1.5f), a, a * random.uniform(0.6f, 0.9f), a * 0.4f);
}

Material upholstery(Random& random) {
  const LinearColor a = any_color(random, 0.7f, 0.12f, 0.8f);
  if (random.chance(0.2f))
    return patterned(random.chance(0.5f) ? Pattern::plaid : Pattern::floral, random.uniform(1, 3), a,
                     any_color(random, 0.6f, 0.2f, 0.9f), vivid(random));
  return patterned(Pattern::fabric, random.uniform(2, 6), a, a * random.uniform(0.7f, 1), a);
}

// An upright picture in local coordinates of a spot; the texture runs downwards.
void panel(Scenery& s, const Spot& spot, float x0, float x1, float y0, float y1, float z, int material,
           bool casts_shadow = true) {
  const Vector3f o = spot.world(x1, y1, z);
  s.faces.push_back(
      {o, spot.world(x0, y1, z) - o, Vector3f(0, y0 - y1, 0), material, false, false, casts_shadow});
}

// Wood, white, black, metal or a colour.
Material furniture(Random& random) {
  const float kind = random.uniform();
  if (kind < 0.45f) return wooden(random);
  if (kind < 0.65f) return plain(any_color(random, 0.06f, 0.75f, 0.95f));
  if (kind < 0.85f) return plain(any_color(random, 0.15f, 0.05f, 0.35f));
  return plain(any_color(random, 0.7f, 0.3f, 0.8f));
}

void legs(Scenery& s, const Spot& spot, float x0, float x1, float z0, float z1, float height, float thickness,
          int material) {
  for (const float x : {x0, x1 - thickness})
    for (const float z : {z0, z1 - thickness})
      s.box(spot, {x, 0, z}, {x + thickness, height, z + thickness}, material);
}

void table(Scenery& s, const Spot& spot, float width, float depth, float height, Random& random) {
  const int top = s.add(furniture(random)), leg = random.chance(0.5f) ? top : s.add(furniture(random));
  s.box(spot, {-width / 2, height - random.uniform(0.02f, 0.06f), -depth / 2}, {width / 2, height, depth / 2},
        top);
  if (random.chance(0.2f))
    s.box(spot, {-0.06f, 0, -0.06f}, {0.06f, height, 0.06f}, leg);
  else
    legs(s, spot, -width / 2 + 0.03f, width / 2 - 0.03f, -depth / 2 + 0.03f, depth / 2 - 0.03f,
         height - 0.03f, random.uniform(0.03f, 0.08f), leg);
  for (int i = random.integer(0, 4); i > 0; --i) {  // things on it
    const float x = random.uniform(-0.42f, 0.42f) * width, z = random.uniform(-0.4f, 0.4f) * depth,
                r = random.uniform(0.02f, 0.09f);
    Spot on = spot;
    on.y += height;
    s.box(on, {x - r, 0, z - r * 0.8f}, {x + r, random.uniform(0.01f, 0.25f), z + r * 0.8f},
          s.add(plain(any_color(random, 0.9f, 0.1f, 0.95f))));
  }
  s.occupy(spot, {-width / 2, height < 0.6f ? 0.f : height * 0.6f, -depth / 2},
           {width / 2, height, depth / 2});
}

void chair(Scenery& s, const Spot& spot, float seat, float front, float back, Random& random) {
  const int seat_material = s.add(random.chance(0.5f) ? upholstery(random) : furniture(random));
  const int frame = random.chance(0.5f) ? seat_material : s.add(furniture(random));
  const float w = random.uniform(0.2f, 0.26f), thick = random.uniform(0.03f, 0.08f);
  s.box(spot, {-w, seat - thick, back}, {w, seat, front}, seat_material);
  if (random.chance(0.2f)) {  // office chair
    s.box(spot, {-0.03f, 0.08f, (back + front) / 2 - 0.03f},
          {0.03f, seat - thick, (back + front) / 2 + 0.03f}, frame);
    const float middle = (back + front) / 2;
    s.box(spot, {-0.28f, 0.03f, middle - 0.03f}, {0.28f, 0.08f, middle + 0.03f}, frame);
    s.box(spot, {-0.03f, 0.03f, middle - 0.28f}, {0.03f, 0.08f, middle + 0.28f}, frame);
  } else {
    legs(s, spot, -w, w, back, front, seat - thick, random.uniform(0.025f, 0.05f), frame);
  }
  if (random.chance(0.85f)) {
    const float height = random.uniform(0.3f, 0.55f);
    if (random.chance(0.5f)) {
      s.box(spot, {-w, seat + 0.02f, back - 0.04f}, {w, seat + height, back}, seat_material);
    } else {
      for (const float x : {-w, w - 0.035f})
        s.box(spot, {x, seat, back - 0.035f}, {x + 0.035f, seat + height, back}, frame);
      for (const float y : {0.15f, 0.28f, 0.41f})
        if (y < height) s.box(spot, {-w, seat + y, back - 0.03f}, {w, seat + y + 0.07f, back - 0.01f}, frame);
    }
  }
  s.occupy(spot, {-w, 0, back - 0.04f}, {w, seat, front});
}

void sofa(Scenery& s, const Spot& spot, float width, float seat, float front, float back, Random& random) {
  const Material cloth = upholstery(random);
  const int body = s.add(cloth);
  Material lighter = cloth;
  for (LinearColor& c : lighter.colors) c *= random.uniform(0.8f, 1.25f);
  const int cushion = s.add(lighter);
  const float arm = random.uniform(0.1f, 0.22f), w = width / 2;
  s.box(spot, {-w, 0.06f, back}, {w, seat - 0.12f, front - 0.02f}, body);
  const int parts = std::max(1, int(width / 0.7f));
  for (int i = 0; i < parts; ++i) {
    const float x0 = -w + width * i / parts + 0.01f, x1 = -w + width * (i + 1) / parts - 0.01f;
    s.box(spot, {x0, seat - 0.12f, back}, {x1, seat, front}, cushion);
    s.box(spot, {x0, seat, back - 0.14f}, {x1, seat + random.uniform(0.35f, 0.42f), back}, cushion);
  }
  s.box(spot, {-w, 0.05f, back - 0.24f}, {w, seat + 0.38f, back - 0.14f}, body);
  for (const float x : {-w - arm, w})
    s.box(spot, {x, 0.05f, back - 0.24f}, {x + arm, seat + random.uniform(0.14f, 0.2f), front}, body);
  s.occupy(spot, {-w - arm, 0, back - 0.24f}, {w + arm, seat + 0.2f, front});
}

void shelf(Scenery& s, const Spot& spot, Random& random) {
  const float w = random.uniform(0.4f, 1.0f), h = random.uniform(0.8f, 2.1f), d = random.uniform(0.25f, 0.4f);
  s.box(spot, {-w, 0, -d / 2}, {w, h, d / 2}, s.add(furniture(random)));
  Material books = patterned(Pattern::books, 0, any_color(random, 0.8f, 0.2f, 0.9f), vivid(random),
                             any_color(random, 0.3f, 0.5f, 0.95f));
  panel(s, spot, -w + 0.04f, w - 0.04f, 0.06f, h - 0.04f, d / 2 + 0.004f, s.add(books));
  s.occupy(spot, {-w, 0, -d / 2}, {w, h, d / 2});
}

void cabinet(Scenery& s, const Spot& spot, Random& random) {
  const float w = random.uniform(0.4f, 1.1f), h = random.uniform(0.5f, 1.1f),
              d = random.uniform(0.35f, 0.55f);
  Material front = furniture(random);
  const int body = s.add(front);
  front = patterned(Pattern::drawers, 0, front.colors[0], front.colors[0],
                    LinearColor::grey(random.uniform(0.05f, 0.7f)));
  s.box(spot, {-w, 0, -d / 2}, {w, h, d / 2}, body);
  panel(s, spot, -w, w, 0.05f, h - 0.02f, d / 2 + 0.004f, s.add(front));
  s.occupy(spot, {-w, 0, -d / 2}, {w, h, d / 2});
  if (random.chance(0.4f)) {  // a television on it
    const float tw = random.uniform(0.3f, 0.65f), th = tw * 1.12f;
    Spot on = spot;
    on.y = h;
    s.box(on, {-tw, 0.06f, -0.03f}, {tw, 0.06f + th, 0.01f}, s.add(plain(LinearColor::grey(0.01f))));
    Material screen = patterned(Pattern::screen, 0, any_color(random, 0.8f, 0, 0.5f),
                                any_color(random, 0.6f, 0.02f, 0.7f), vivid(random));
    if (random.chance(0.6f))
      screen = plain(LinearColor::grey(0.008f));
    else
      screen.emission = random.uniform(0.4f, 1);
    panel(s, on, -tw + 0.02f, tw - 0.02f, 0.08f, th + 0.04f, 0.014f, s.add(screen));
  } else {
    for (int i = random.integer(0, 4); i > 0; --i) {
      Spot on = spot;
      on.y = h;
      const float x = random.uniform(-0.85f, 0.85f) * w, r = random.uniform(0.03f, 0.14f);
      s.box(on, {x - r, 0, -r / 2}, {x + r, random.uniform(0.05f, 0.4f), r / 2},
            s.add(plain(any_color(random, 0.8f, 0.1f, 0.9f))));
    }
  }
}

void kitchen(Scenery& s, const Spot& spot, Random& random) {
  const float w = random.uniform(0.8f, 1.8f);
  const Material base = furniture(random);
  const int body = s.add(base),
            top = s.add(patterned(Pattern::concrete, 1.5f, any_color(random, 0.2f, 0.1f, 0.9f),
                                  any_color(random, 0.2f, 0.1f, 0.9f), LinearColor::grey(0.8f)));
  const int front =
      s.add(patterned(Pattern::drawers, 0, base.colors[0], base.colors[0], LinearColor::grey(0.5f)));
  s.box(spot, {-w, 0, -0.3f}, {w, 0.87f, 0.3f}, body);
  s.box(spot, {-w - 0.02f, 0.87f, -0.3f}, {w + 0.02f, 0.91f, 0.33f}, top);
  panel(s, spot, -w, w, 0.08f, 0.85f, 0.304f, front);
  s.box(spot, {-w, 1.4f, -0.3f}, {w, 2.1f, 0.05f}, body);
  panel(s, spot, -w, w, 1.42f, 2.08f, 0.054f, front);
  for (int i = random.integer(1, 5); i > 0; --i) {
    Spot on = spot;
    on.y = 0.91f;
    const float x = random.uniform(-0.9f, 0.9f) * w, r = random.uniform(0.04f, 0.15f);
    s.box(on, {x - r, 0, -r}, {x + r, random.uniform(0.1f, 0.35f), r},
          s.add(plain(any_color(random, 0.5f, 0.02f, 0.9f))));
  }
  s.occupy(spot, {-w, 0, -0.3f}, {w, 2.1f, 0.33f});
}

void lamp(Scenery& s, const Spot& spot, Random& random) {
  const float h = random.uniform(1.3f, 1.8f), r = random.uniform(0.12f, 0.22f);
  const int pole = s.add(plain(any_color(random, 0.2f, 0.05f, 0.8f)));
  Material shade = plain(linear_from_hsv(0.1f, random.uniform(0.1f, 0.5f), 0.95f));
  if (random.chance(0.6f)) shade.emission = random.uniform(1, 2);
  s.box(spot, {-0.014f, 0, -0.014f}, {0.014f, h, 0.014f}, pole);
  s.box(spot, {-0.13f, 0, -0.13f}, {0.13f, 0.02f, 0.13f}, pole);
  s.box(spot, {-r, h, -r}, {r, h + r * 1.5f, r}, s.add(shade));
  s.occupy(spot, {-r, 0, -r}, {r, h + 0.3f, r});
}

void leaves(Scenery& s, const Vector3f& center, float radius, int count, float size, Random& random) {
  Material material = patterned(
      Pattern::leaves, 0,
      linear_from_hsv(random.uniform(0.2f, 0.4f), random.uniform(0.4f, 0.8f), random.uniform(0.2f, 0.5f)),
      linear_from_hsv(random.uniform(0.18f, 0.36f), random.uniform(0.4f, 0.8f), random.uniform(0.35f, 0.7f)),
      LinearColor());
  const int leaf = s.add(material);
  for (int i = 0; i < count; ++i) {
    const Vector3f d = Vector3f(random.normal(0, 1), random.normal(0, 1), random.normal(0, 1)).normalized();
    const Vector3f at = center + radius * std::cbrt(random.uniform(0.2f, 1)) * d;
    const Vector3f u =
        (d + 0.7f * Vector3f(random.normal(0, 1), random.normal(0, 1), random.normal(0, 1))).normalized() *
        size * random.uniform(0.6f, 1.4f);
    const Vector3f v =
        u.cross(Vector3f(random.normal(0, 1), random.normal(0, 1), random.normal(0, 1))).normalized() * size *
        random.uniform(0.3f, 0.8f);
    s.faces.push_back({at, u, v, leaf, true, true});
  }
}

void plant(Scenery& s, const Spot& spot, Random& random) {
  const float r = random.uniform(0.1f, 0.2f), h = random.uniform(0.15f, 0.35f),
              size = random.uniform(0.2f, 0.45f);
  s.box(spot, {-r, 0, -r}, {r, h, r}, s.add(plain(any_color(random, 0.6f, 0.15f, 0.9f))));
  leaves(s, spot.world(0, h + size, 0), size, random.integer(20, 50), random.uniform(0.12f, 0.3f), random);
  s.occupy(spot, {-r, 0, -r}, {r, h + 1.5f * size, r});
}

void tripod(Scenery& s, const Spot& spot, Random& random) {
  const float h = random.uniform(1.0f, 1.7f), spread = random.uniform(0.25f, 0.45f);
  const int metal = s.add(plain(LinearColor::grey(random.uniform(0.01f, 0.5f)))),
            black = s.add(plain(LinearColor::grey(0.01f)));
  const Vector3f top = spot.world(0, h * 0.8f, 0);
  for (int i = 0; i < 3; ++i) {
    const float a = spot.yaw + i * 2 * pi / 3;
    s.stick(spot.world(0, 0, 0) + Vector3f(spread * std::sin(a), 0, spread * std::cos(a)), top, 0.025f,
            i == 0 ? black : metal);
  }
  s.stick(spot.world(0, h * 0.45f, 0), spot.world(0, h, 0), 0.022f, metal);
  s.box(spot, {-0.05f, h, -0.06f}, {0.05f, h + 0.1f, 0.06f}, black);
  s.occupy(spot, {-0.15f, 0, -0.15f}, {0.15f, h, 0.15f});
}

void ladder(Scenery& s, const Spot& spot, Random& random) {
  const int m = s.add(furniture(random));
  const float h = random.uniform(1.2f, 2.0f);
  for (const float x : {-0.22f, 0.22f}) {
    s.stick(spot.world(x, 0, 0.4f), spot.world(x * 0.7f, h, 0), 0.04f, m);
    s.stick(spot.world(x, 0, -0.4f), spot.world(x * 0.7f, h, 0), 0.035f, m);
  }
  for (float t = 0.15f; t < 0.95f; t += 0.2f)
    s.stick(spot.world(-0.2f, t * h, 0.4f * (1 - t)), spot.world(0.2f, t * h, 0.4f * (1 - t)), 0.035f, m);
  s.occupy(spot, {-0.25f, 0, -0.4f}, {0.25f, h, 0.4f});
}

void brick(Scenery& s, const Spot& spot, const std::vector<int>& materials, Random& random) {
  const float l = random.integer(1, 3) * 0.05f + 0.02f, w = random.chance(0.7f) ? 0.05f : 0.1f,
              h = random.uniform(0.06f, 0.14f);
  s.box(spot, {-l, 0, -w}, {l, h, w}, materials[random.integer(0, int(materials.size()) - 1)]);
}

std::vector<int> brick_materials(Scenery& s, Random& random) {
  std::vector<int> materials;
  const bool toys = random.chance(0.7f);
  const float hues[] = {0.0f, 0.62f, 0.14f, 0.38f};
  for (const float hue : hues)
    materials.push_back(
        s.add(plain(toys ? linear_from_hsv(hue, random.uniform(0.8f, 1), random.uniform(0.5f, 0.95f))
                         : wood_color(random))));
  return materials;
}

// Loose things in a heap.
void clutter(Scenery& s, const Spot& around, float radius, int count, const std::vector<Vector3f>& keep_free,
             Random& random) {
  const std::vector<int> materials = brick_materials(s, random);
  for (int i = 0; i < count; ++i) {
    Spot spot{around.x + random.normal(0, radius), around.z + random.normal(0, radius),
              random.uniform(0, 2 * pi), random.chance(0.25f) ? 0.1f : 0.f};
    const Vector3f X = spot.world(0, 0.1f, 0);
    if (std::any_of(keep_free.begin(), keep_free.end(), [&](const Vector3f& p) {
          return p.y() < 0.4f && (p - X).head<1>().norm() + std::abs(p.z() - X.z()) < 0.3f;
        }))
      continue;
    brick(s, spot, materials, random);
  }
}

// A low wall of bricks, as builders make it.
void brick_wall(Scenery& s, const Spot& spot, float length, int rows, Random& random) {
  const std::vector<int> materials = brick_materials(s, random);
  const float h = random.uniform(0.08f, 0.13f), w = random.uniform(0.05f, 0.1f);
  for (int row = 0; row < rows; ++row)
    for (float x = -length / 2; x < length / 2;) {
      const float l = random.integer(1, 3) * 0.12f;
      s.box(spot, {x, row * h, -w}, {std::min(x + l, length / 2), (row + 1) * h - 0.004f, w},
            materials[random.integer(0, 3)]);
      x += l;
    }
  s.occupy(spot, {-length / 2, 0, -w}, {length / 2, rows * h, w});
}

void cartons(Scenery& s, const Spot& spot, Random& random) {
  float y = 0, w = random.uniform(0.2f, 0.4f);
  for (int i = random.integer(1, 3); i > 0; --i) {
    const float h = random.uniform(0.15f, 0.45f);
    Spot at = spot;
    at.y = y, at.yaw += random.normal(0, 0.15f);
    const LinearColor color =
        random.chance(0.7f) ? linear_from_hsv(0.09f, random.uniform(0.3f, 0.5f), random.uniform(0.5f, 0.8f))
                            : any_color(random, 0.8f, 0.2f, 0.9f);
    s.box(at, {-w, 0, -w * 0.8f}, {w, h, w * 0.8f}, s.add(plain(color)));
    y += h;
    w *= random.uniform(0.7f, 1);
  }
  s.occupy(spot, {-0.4f, 0, -0.35f}, {0.4f, y, 0.35f});
}

using Piece = std::function<void(Scenery&, const Spot&, Random&)>;

// Adds a piece where it touches no person and no other piece; takes it back otherwise.
bool try_place(Scenery& s, const Spot& spot, const std::vector<Vector3f>& keep_free, float clearance,
               const Room& room, Random& random, const Piece& piece) {
  const std::size_t faces = s.faces.size(), obstacles = s.obstacles.size(), materials = s.materials.size();
  piece(s, spot, random);
  bool fits = true;
  for (std::size_t i = obstacles; i < s.obstacles.size() && fits; ++i) {
    const Obstacle& o = s.obstacles[i];
    fits = std::none_of(keep_free.begin(), keep_free.end(),
                        [&](const Vector3f& X) { return o.distance(X) < clearance; });
    const float r = o.half.norm();
    for (std::size_t j = 0; j < obstacles && fits; ++j)
      fits = (s.obstacles[j].center - o.center).norm() >
                 r + std::min(s.obstacles[j].half.x(), s.obstacles[j].half.y()) ||
             s.obstacles[j].bottom > o.top || o.bottom > s.obstacles[j].top;
    const float c = std::abs(std::cos(o.yaw)), n = std::abs(std::sin(o.yaw));
    const float ex = c * o.half.x() + n * o.half.y(), ez = n * o.half.x() + c * o.half.y();
    fits = fits && o.center.x() - ex > room.x0 - 0.01f && o.center.x() + ex < room.x1 + 0.01f &&
           o.center.y() - ez > room.z0 - 0.01f && o.center.y() + ez < room.z1 + 0.01f;
  }
  if (fits) return true;
  s.faces.resize(faces);
  s.obstacles.resize(obstacles);
  s.materials.resize(materials);
  return false;
}

// The four walls as spots: local x along the wall, local +z into the room.
struct Wall {
  Spot middle;
  float length;
};

std::vector<Wall> walls_of(const Room& r) {
  const float cx = 0.5f * (r.x0 + r.x1), cz = 0.5f * (r.z0 + r.z1);
  return {{{cx, r.z0, 0}, r.x1 - r.x0},
          {{r.x0, cz, pi / 2}, r.z1 - r.z0},
          {{cx, r.z1, pi}, r.x1 - r.x0},
          {{r.x1, cz, -pi / 2}, r.z1 - r.z0}};
}

Spot along(const Wall& wall, float x, float off) {
  const Vector3f p = wall.middle.world(x, 0, off);
  return {p.x(), p.z(), wall.middle.yaw};
}

void hang(Scenery& s, const Wall& wall, float x0, float x1, float y0, float y1, float off, int material) {
  panel(s, wall.middle, x0, x1, y0, y1, off, material, false);
}

Material wall_paint(Random& random) {
  const float kind = random.uniform();
  if (kind < 0.6f) {  // off-white, cream, grey, pastel
    const LinearColor c =
        linear_from_hsv(random.chance(0.7f) ? random.uniform(0.05f, 0.16f) : random.uniform(),
                        random.uniform(0, 0.18f), random.uniform(0.6f, 0.97f));
    return plain(c);
  }
  const LinearColor a = any_color(random, 0.4f, 0.35f, 0.95f), b = a * random.uniform(0.7f, 1.1f);
  if (kind < 0.7f) return plain(any_color(random, 0.7f, 0.2f, 0.85f));
  if (kind < 0.78f)
    return patterned(Pattern::bricks, random.uniform(0.6f, 1), linear_from_hsv(0.03f, 0.5f, 0.5f),
                     linear_from_hsv(0.05f, 0.5f, 0.35f), LinearColor::grey(0.45f));
  if (kind < 0.84f) return patterned(Pattern::stripes, random.uniform(0.8f, 2), a, b, b);
  if (kind < 0.9f)
    return patterned(random.chance(0.5f) ? Pattern::damask : Pattern::floral, random.uniform(0.7f, 1.6f), a,
                     b, any_color(random, 0.5f, 0.3f, 0.9f));
  if (kind < 0.95f)
    return patterned(Pattern::concrete, 0.6f, LinearColor::grey(0.25f), LinearColor::grey(0.5f),
                     LinearColor::grey(0.3f));
  return patterned(Pattern::wood, 0.5f, wood_color(random), wood_color(random), wood_color(random));
}

Material floor_material(Random& random) {
  const LinearColor a = any_color(random, 0.3f, 0.25f, 0.8f), w = wood_color(random);
  switch (random.integer(0, 6)) {
    case 0:
    case 1:
      return patterned(Pattern::carpet, random.uniform(0.8f, 2), a, a * random.uniform(0.6f, 0.95f), a);
    case 2:
      return patterned(Pattern::planks, random.uniform(0.7f, 1.4f), w, w * random.uniform(0.5f, 0.9f),
                       w * 0.3f);
    case 3:
      return patterned(Pattern::parquet, random.uniform(0.5f, 1.2f), w, w * random.uniform(0.6f, 0.9f),
                       w * 0.35f);
    case 4:
      return patterned(Pattern::tiles, random.uniform(0.4f, 1), a, a * random.uniform(0.7f, 1.1f),
                       LinearColor::grey(random.uniform(0.1f, 0.7f)));
    case 5:
      return patterned(Pattern::concrete, random.uniform(0.4f, 0.8f), a * 0.7f, a, a * 0.5f);
    default:
      return patterned(Pattern::checks, random.uniform(0.3f, 0.8f), a, any_color(random, 0.2f, 0.05f, 0.9f),
                       a);
  }
}

void room_shell(Scenery& s, const Room& r, float difficulty, Random& random) {
  const Vector3f size(r.x1 - r.x0, r.height, r.z1 - r.z0);
  s.faces.push_back({{r.x0, 0, r.z0},
                     Vector3f(0, 0, size.z()),
                     Vector3f(size.x(), 0, 0),
                     s.add(floor_material(random)),
                     false,
                     false,
                     false});
  const LinearColor ceiling =
      linear_from_hsv(random.uniform(0.05f, 0.15f), random.uniform(0, 0.1f), random.uniform(0.75f, 0.98f));
  s.faces.push_back({{r.x0, r.height, r.z0},
                     Vector3f(size.x(), 0, 0),
                     Vector3f(0, 0, size.z()),
                     s.add(plain(ceiling)),
                     false,
                     false,
                     false});
  const Material paint = wall_paint(random);
  const int wall = s.add(paint), accent = random.chance(0.3f) ? s.add(wall_paint(random)) : wall;
  const int skirting =
      s.add(random.chance(0.7f) ? plain(LinearColor::grey(random.uniform(0.5f, 0.9f))) : wooden(random));
  const int window_wall = random.integer(0, 3), accent_wall = random.integer(0, 3);
  const std::vector<Wall> walls = walls_of(r);
  for (int i = 0; i < 4; ++i) {
    const Wall& w = walls[i];
    const float half = w.length / 2;
    hang(s, w, -half, half, 0, r.height, 0, i == accent_wall ? accent : wall);
    if (random.chance(0.9f)) hang(s, w, -half, half, 0, 0.09f, 0.012f, skirting);
    float x = -half + random.uniform(0.3f, 1);
    while (x < half - 0.5f) {  // what hangs on the wall, from one end to the other
      const float kind = random.uniform();
      const bool windows = i == window_wall || (i == (window_wall + 1) % 4 && random.chance(0.3f));
      if (windows && kind < 0.65f) {
        const float width = std::min(random.uniform(0.8f, 2.4f), half - 0.2f - x),
                    low = random.chance(0.3f) ? 0.1f : random.uniform(0.7f, 1),
                    high = std::min(r.height - 0.15f, random.uniform(1.9f, 2.4f));
        if (width < 0.5f) break;
        Material view = patterned(Pattern::window_view, 0, LinearColor(0.75f, 0.85f, 1),
                                  any_color(random, 0.4f, 0.3f, 0.8f),
                                  linear_from_hsv(random.uniform(0.2f, 0.4f), random.uniform(0.2f, 0.6f),
                                                  random.uniform(0.3f, 0.7f)));
        const int variant = random.integer(0, kWindowViews - 1);
        view.texture = texture_index(Pattern::window_view, variant);
        view.emission = random.chance(0.15f) ? random.uniform(0.02f, 0.15f) : random.uniform(0.6f, 1.8f);
        hang(s, w, x, x + width, low, high, 0.01f, s.add(view));
        const Vector3f o = w.middle.world(x, low, 0);
        s.openings.push_back({o, w.middle.world(x + width, low, 0) - o, Vector3f(0, high - low, 0),
                              variant >= 3 ? random.uniform(4, 9) : 0});
        if (random.chance(0.4f)) {  // curtains
          const int curtain = s.add(patterned(Pattern::blinds, 1, any_color(random, 0.5f, 0.4f, 0.95f),
                                              any_color(random, 0.4f, 0.3f, 0.8f), LinearColor()));
          const float c = random.uniform(0.15f, 0.4f);
          const float end = random.chance(0.5f) ? 0.05f : low - 0.1f;
          hang(s, w, x - c * 0.6f, x + c * 0.4f, end, high + 0.1f, 0.06f, curtain);
          hang(s, w, x + width - c * 0.4f, x + width + c * 0.6f, end, high + 0.1f, 0.06f, curtain);
        }
        x += width + random.uniform(0.3f, 1.2f);
      } else if (kind < 0.25f) {
        const float width = random.uniform(0.75f, 0.95f), high = std::min(r.height - 0.1f, 2.05f);
        if (x + width > half) break;
        const int door = s.add(patterned(
            Pattern::door, 0,
            random.chance(0.6f) ? LinearColor::grey(random.uniform(0.5f, 0.9f)) : wood_color(random),
            LinearColor(), LinearColor::grey(0.3f)));
        hang(s, w, x, x + width, 0, high, 0.014f, door);
        x += width + random.uniform(0.3f, 1.5f);
      } else if (kind < 0.7f) {
        const float width = random.uniform(0.3f, 1.3f), high = random.uniform(0.3f, 1),
                    y = random.uniform(1.0f, 1.5f);
        if (x + width > half) break;
        Material art = patterned(Pattern::picture, 0, any_color(random, 0.8f, 0.05f, 0.95f),
                                 any_color(random, 0.8f, 0.1f, 0.95f), vivid(random));
        art.texture = texture_index(Pattern::picture, random.integer(0, kPictures - 1));
        if (random.chance(0.15f))
          art = plain(LinearColor::grey(random.chance(0.5f) ? 0.85f : 0.03f));  // board
        hang(s, w, x, x + width, y, std::min(y + high, r.height - 0.1f), 0.016f, s.add(art));
        x += width + random.uniform(0.2f, 1.8f);
      } else {
        x += random.uniform(0.5f, 2);
      }
    }
  }
  Material light = plain(LinearColor::grey(1));
  light.emission = random.uniform(1, 2);
  const int shining = s.add(light);
  for (int i = random.integer(0, 4); i > 0; --i) {  // ceiling lights
    const Spot at{random.uniform(r.x0 + 0.5f, r.x1 - 0.5f), random.uniform(r.z0 + 0.5f, r.z1 - 0.5f), 0,
                  r.height};
    const float a = random.uniform(0.06f, 0.3f), b = random.chance(0.4f) ? 0.6f : a;
    const float drop = random.chance(0.3f) ? random.uniform(0.1f, 0.5f) : 0.02f;
    s.box(at, {-a, -drop - 0.05f, -b}, {a, -drop, b}, shining);
    if (drop > 0.1f)
      s.stick(at.world(0, -drop, 0), at.world(0, 0, 0), 0.015f, s.add(plain(LinearColor::grey(0.1f))));
  }
  if (random.chance(0.35f * difficulty)) {  // rug
    const float w = random.uniform(0.7f, 1.8f), d = random.uniform(0.5f, 1.4f);
    const Spot at{random.uniform(-1, 1), random.uniform(-1, 1), random.uniform(0, pi)};
    const Pattern patterns[] = {Pattern::damask, Pattern::stripes, Pattern::floral, Pattern::carpet,
                                Pattern::checks};
    const int rug = s.add(patterned(patterns[random.integer(0, 4)], random.uniform(0.5f, 1.5f),
                                    any_color(random, 0.7f, 0.2f, 0.8f), any_color(random, 0.7f, 0.2f, 0.8f),
                                    vivid(random)));
    const Vector3f o = at.world(-w, 0.006f, -d);
    s.faces.push_back(
        {o, at.world(-w, 0.006f, d) - o, at.world(w, 0.006f, -d) - o, rug, false, false, false});
  }
}

void open_air(Scenery& s, const Room& r, Random& random) {
  const float far = 60;
  const LinearColor green =
      linear_from_hsv(random.uniform(0.18f, 0.33f), random.uniform(0.3f, 0.7f), random.uniform(0.25f, 0.6f));
  const LinearColor grey = any_color(random, 0.15f, 0.3f, 0.75f);
  const int kind = random.integer(0, 3);
  const Material ground =
      kind == 0   ? patterned(Pattern::grass, 0.7f, green, green * random.uniform(0.5f, 0.9f),
                              linear_from_hsv(0.12f, 0.5f, 0.5f))
      : kind == 1 ? patterned(Pattern::concrete, 0.4f, grey, grey * 0.7f, grey * 0.5f)
      : kind == 2 ? patterned(Pattern::tiles, random.uniform(0.4f, 1), grey, grey * 0.8f, grey * 0.4f)
                  : patterned(Pattern::bricks, random.uniform(0.5f, 1), grey,
                              linear_from_hsv(0.04f, 0.3f, 0.5f), grey * 0.4f);
  s.faces.push_back({{-far, 0, -far},
                     Vector3f(0, 0, 2 * far),
                     Vector3f(2 * far, 0, 0),
                     s.add(ground),
                     false,
                     false,
                     false});
  for (const Wall& w : walls_of(r)) {
    const float half = 0.5f * w.length + random.uniform(0, 12), back = -random.uniform(0.3f, 9);
    const float what = random.uniform();
    const Spot at = along(w, random.uniform(-3, 3), back);
    if (what < 0.35f) {  // building
      const Material wall =
          random.chance(0.5f)
              ? patterned(Pattern::facade, 0.1f, any_color(random, 0.4f, 0.3f, 0.9f),
                          any_color(random, 0.3f, 0.3f, 0.9f), LinearColor(0.1f, 0.13f, 0.17f))
              : wall_paint(random);
      s.box(at, {-half, 0, -6}, {half, random.uniform(3, 10), 0}, s.add(wall));
    } else if (what < 0.6f) {  // hedge
      s.box(at, {-half, 0, -1}, {half, random.uniform(0.8f, 3), 0},
            s.add(patterned(Pattern::foliage, 0.5f, green * 0.7f, green * 0.4f, green)));
    } else if (what < 0.8f) {  // fence
      const int wood = s.add(wooden(random));
      const float h = random.uniform(0.9f, 1.9f);
      for (float x = -half; x < half; x += 0.55f)
        s.box(at, {x, 0, -0.03f}, {x + random.uniform(0.1f, 0.45f), h, 0}, wood);
    }
    for (int t = random.integer(0, 3); t > 0; --t) {  // trees
      const Spot tree = along(w, random.uniform(-half, half), -random.uniform(0.3f, 10));
      const float h = random.uniform(1.8f, 4), size = random.uniform(1, 2.2f);
      s.box(tree, {-0.12f, 0, -0.12f}, {0.12f, h, 0.12f}, s.add(plain(LinearColor(0.09f, 0.06f, 0.04f))));
      leaves(s, tree.world(0, h + size * 0.7f, 0), size, 70, random.uniform(0.5f, 0.9f), random);
    }
  }
}

}  // namespace

void add_seat(Scenery& s, const Spot& spot, float seat_height, float back_z, Random& random) {
  const float front = back_z + random.uniform(0.4f, 0.48f);
  const float kind = random.uniform();
  if (kind < 0.55f) {
    chair(s, spot, seat_height, front, back_z, random);
  } else if (kind < 0.85f) {
    sofa(s, spot, random.uniform(0.7f, 2.0f), seat_height, front, back_z, random);
  } else {  // box or bench
    const float w = random.uniform(0.22f, 0.9f);
    s.box(spot, {-w, 0, back_z}, {w, seat_height, front}, s.add(furniture(random)));
    s.occupy(spot, {-w, 0, back_z}, {w, seat_height, front});
  }
}

void add_work(Scenery& s, const Spot& spot, const Vector3f& local, Random& random) {
  const float height = local.y() - 0.05f;
  const Vector3f p = spot.world(local.x(), 0, local.z() + 0.12f);
  const Spot at{p.x(), p.z(), spot.yaw + random.normal(0, 0.2f)};
  if (height > 0.5f)
    table(s, at, random.uniform(0.6f, 1.5f), random.uniform(0.4f, 0.7f), height, random);
  else if (height > 0.12f && random.chance(0.6f))
    brick_wall(s, at, random.uniform(0.4f, 1.6f), std::max(1, int(height / 0.1f)), random);
  else if (height > 0.12f)
    cartons(s, at, random);
  else
    clutter(s, at, 0.2f, random.integer(2, 7), {}, random);
}

void furnish(Scenery& s, const Room& room, const std::vector<Vector3f>& keep_free, float difficulty,
             Random& random) {
  Random shell = random.fork(), pieces = random.fork(), things = random.fork();
  if (room.outdoor)
    open_air(s, room, shell);
  else
    room_shell(s, room, difficulty, shell);

  const auto anywhere = [&](Random& r) {
    return Spot{r.uniform(room.x0 + 0.4f, room.x1 - 0.4f), r.uniform(room.z0 + 0.4f, room.z1 - 0.4f),
                r.uniform(0, 2 * pi)};
  };
  if (!room.outdoor) {  // along the walls
    const std::vector<Piece> at_walls = {
        [](Scenery& s, const Spot& p, Random& r) {
          Spot q = p;
          const Vector3f f = p.world(0, 0, 0.22f);
          q.x = f.x();
          q.z = f.z();
          shelf(s, q, r);
        },
        [](Scenery& s, const Spot& p, Random& r) {
          Spot q = p;
          const Vector3f f = p.world(0, 0, 0.3f);
          q.x = f.x();
          q.z = f.z();
          cabinet(s, q, r);
        },
        [](Scenery& s, const Spot& p, Random& r) {
          Spot q = p;
          const Vector3f f = p.world(0, 0, 0.55f);
          q.x = f.x();
          q.z = f.z();
          sofa(s, q, r.uniform(0.7f, 2.1f), r.uniform(0.38f, 0.46f), 0.35f, -0.25f, r);
        },
        [](Scenery& s, const Spot& p, Random& r) {
          Spot q = p;
          const Vector3f f = p.world(0, 0, 0.34f);
          q.x = f.x();
          q.z = f.z();
          kitchen(s, q, r);
        },
        [](Scenery& s, const Spot& p, Random& r) {
          Spot q = p;
          const Vector3f f = p.world(0, 0, 0.45f);
          q.x = f.x();
          q.z = f.z();
          table(s, q, r.uniform(0.8f, 1.8f), 0.75f, r.uniform(0.68f, 0.8f), r);
        },
        [](Scenery& s, const Spot& p, Random& r) {
          Spot q = p;
          const Vector3f f = p.world(0, 0, 0.35f);
          q.x = f.x();
          q.z = f.z();
          plant(s, q, r);
        },
        [](Scenery& s, const Spot& p, Random& r) {
          Spot q = p;
          const Vector3f f = p.world(0, 0, 0.3f);
          q.x = f.x();
          q.z = f.z();
          lamp(s, q, r);
        },
        [](Scenery& s, const Spot& p, Random& r) {
          Spot q = p;
          const Vector3f f = p.world(0, 0, 0.5f);
          q.x = f.x();
          q.z = f.z();
          cartons(s, q, r);
        },
    };
    const std::vector<Wall> walls = walls_of(room);
    const int count = int(pieces.uniform(2, 5 + 6 * std::min(difficulty, 2.f)));
    for (int i = 0; i < count; ++i) {
      const Wall& w = walls[pieces.integer(0, 3)];
      const Spot spot = along(w, pieces.uniform(-0.45f, 0.45f) * w.length, 0);
      try_place(s, spot, keep_free, 0.2f, room, pieces,
                at_walls[pieces.integer(0, int(at_walls.size()) - 1)]);
    }
  }
  // Standing free.
  const std::vector<Piece> free_standing = {
      [](Scenery& s, const Spot& p, Random& r) {
        table(s, p, r.uniform(0.6f, 1.6f), r.uniform(0.5f, 0.9f),
              r.chance(0.5f) ? r.uniform(0.35f, 0.5f) : r.uniform(0.68f, 0.8f), r);
      },
      [](Scenery& s, const Spot& p, Random& r) { chair(s, p, r.uniform(0.4f, 0.5f), 0.22f, -0.22f, r); },
      [](Scenery& s, const Spot& p, Random& r) { chair(s, p, r.uniform(0.4f, 0.5f), 0.22f, -0.22f, r); },
      [](Scenery& s, const Spot& p, Random& r) { tripod(s, p, r); },
      [](Scenery& s, const Spot& p, Random& r) { plant(s, p, r); },
      [](Scenery& s, const Spot& p, Random& r) { cartons(s, p, r); },
      [](Scenery& s, const Spot& p, Random& r) { brick_wall(s, p, r.uniform(0.5f, 2), r.integer(1, 6), r); },
      [](Scenery& s, const Spot& p, Random& r) { ladder(s, p, r); },
      [](Scenery& s, const Spot& p, Random& r) { lamp(s, p, r); },
  };
  const int count = int(pieces.uniform(0, 1 + 6 * std::min(difficulty, 2.f)));
  for (int i = 0; i < count; ++i)
    try_place(s, anywhere(pieces), keep_free, 0.2f, room, pieces,
              free_standing[pieces.integer(0, int(free_standing.size()) - 1)]);

  for (int i = things.chance(0.5f) ? things.integer(1, 2) : 0; i > 0; --i) {
    Spot spot{things.normal(0, 1.2f), things.normal(0, 1.2f)};
    clutter(s, spot, things.uniform(0.2f, 0.5f), things.integer(4, 22), keep_free, things);
  }
}

}  // namespace ahap

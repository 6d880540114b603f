#include "reconstruction/synthetic/furniture.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace ahap::furniture {

using Eigen::Vector3f;

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

namespace {

constexpr float pi = std::numbers::pi_v<float>;

Material upholstery(Random& random) {
  const LinearColor a = any_color(random, 0.7f, 0.12f, 0.8f);
  if (random.chance(0.2f))
    return patterned(random.chance(0.5f) ? Pattern::plaid : Pattern::floral, random.uniform(1, 3), a,
                     any_color(random, 0.6f, 0.2f, 0.9f), vivid(random));
  return patterned(Pattern::fabric, random.uniform(2, 6), a, a * random.uniform(0.7f, 1), a);
}

// Wood, white, black, metal or a colour.
Material surface(Random& random) {
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

}  // namespace

void panel(Scenery& s, const Spot& spot, float x0, float x1, float y0, float y1, float z, int material,
           bool casts_shadow) {
  const Vector3f o = spot.world(x1, y1, z);
  s.faces.push_back(
      {o, spot.world(x0, y1, z) - o, Vector3f(0, y0 - y1, 0), material, false, false, casts_shadow});
}

void table(Scenery& s, const Spot& spot, float width, float depth, float height, Random& random) {
  const int top = s.add(surface(random)), leg = random.chance(0.5f) ? top : s.add(surface(random));
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
  const int seat_material = s.add(random.chance(0.5f) ? upholstery(random) : surface(random));
  const int frame = random.chance(0.5f) ? seat_material : s.add(surface(random));
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

void bench(Scenery& s, const Spot& spot, float seat, float front, float back, Random& random) {
  const float w = random.uniform(0.22f, 0.9f);
  s.box(spot, {-w, 0, back}, {w, seat, front}, s.add(surface(random)));
  s.occupy(spot, {-w, 0, back}, {w, seat, front});
}

void shelf(Scenery& s, const Spot& spot, Random& random) {
  const float w = random.uniform(0.4f, 1.0f), h = random.uniform(0.8f, 2.1f), d = random.uniform(0.25f, 0.4f);
  s.box(spot, {-w, 0, -d / 2}, {w, h, d / 2}, s.add(surface(random)));
  Material books = patterned(Pattern::books, 0, any_color(random, 0.8f, 0.2f, 0.9f), vivid(random),
                             any_color(random, 0.3f, 0.5f, 0.95f));
  panel(s, spot, -w + 0.04f, w - 0.04f, 0.06f, h - 0.04f, d / 2 + 0.004f, s.add(books));
  s.occupy(spot, {-w, 0, -d / 2}, {w, h, d / 2});
}

void cabinet(Scenery& s, const Spot& spot, Random& random) {
  const float w = random.uniform(0.4f, 1.1f), h = random.uniform(0.5f, 1.1f),
              d = random.uniform(0.35f, 0.55f);
  Material front = surface(random);
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
  const Material base = surface(random);
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
  const int m = s.add(surface(random));
  const float h = random.uniform(1.2f, 2.0f);
  for (const float x : {-0.22f, 0.22f}) {
    s.stick(spot.world(x, 0, 0.4f), spot.world(x * 0.7f, h, 0), 0.04f, m);
    s.stick(spot.world(x, 0, -0.4f), spot.world(x * 0.7f, h, 0), 0.035f, m);
  }
  for (float t = 0.15f; t < 0.95f; t += 0.2f)
    s.stick(spot.world(-0.2f, t * h, 0.4f * (1 - t)), spot.world(0.2f, t * h, 0.4f * (1 - t)), 0.035f, m);
  s.occupy(spot, {-0.25f, 0, -0.4f}, {0.25f, h, 0.4f});
}

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

}  // namespace ahap::furniture

#include "reconstruction/synthetic/surroundings.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>

#include "reconstruction/synthetic/furniture.h"

namespace ahap {

using Eigen::Vector3f;
using namespace furniture;

namespace {

constexpr float pi = std::numbers::pi_v<float>;

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

// Cursor along a wall: what hangs there begins at x; it ends at half.
struct Hanging {
  const Wall& wall;
  float x, half;
};

// False where there is no place left.
bool hang_window(Scenery& s, const Room& r, Hanging& at, Random& random) {
  const float width = std::min(random.uniform(0.8f, 2.4f), at.half - 0.2f - at.x),
              low = random.chance(0.3f) ? 0.1f : random.uniform(0.7f, 1),
              high = std::min(r.height - 0.15f, random.uniform(1.9f, 2.4f));
  if (width < 0.5f) return false;
  const float x = at.x;
  Material view = patterned(
      Pattern::window_view, 0, LinearColor(0.75f, 0.85f, 1), any_color(random, 0.4f, 0.3f, 0.8f),
      linear_from_hsv(random.uniform(0.2f, 0.4f), random.uniform(0.2f, 0.6f), random.uniform(0.3f, 0.7f)));
  const int variant = random.integer(0, kWindowViews - 1);
  view.texture = texture_index(Pattern::window_view, variant);
  view.emission = random.chance(0.15f) ? random.uniform(0.02f, 0.15f) : random.uniform(0.6f, 1.8f);
  hang(s, at.wall, x, x + width, low, high, 0.01f, s.add(view));
  const Vector3f o = at.wall.middle.world(x, low, 0);
  s.openings.push_back({o, at.wall.middle.world(x + width, low, 0) - o, Vector3f(0, high - low, 0),
                        variant >= 3 ? random.uniform(4, 9) : 0});
  if (random.chance(0.4f)) {
    const int curtain = s.add(patterned(Pattern::blinds, 1, any_color(random, 0.5f, 0.4f, 0.95f),
                                        any_color(random, 0.4f, 0.3f, 0.8f), LinearColor()));
    const float c = random.uniform(0.15f, 0.4f);
    const float end = random.chance(0.5f) ? 0.05f : low - 0.1f;
    hang(s, at.wall, x - c * 0.6f, x + c * 0.4f, end, high + 0.1f, 0.06f, curtain);
    hang(s, at.wall, x + width - c * 0.4f, x + width + c * 0.6f, end, high + 0.1f, 0.06f, curtain);
  }
  at.x += width + random.uniform(0.3f, 1.2f);
  return true;
}

bool hang_door(Scenery& s, const Room& r, Hanging& at, Random& random) {
  const float width = random.uniform(0.75f, 0.95f), high = std::min(r.height - 0.1f, 2.05f);
  if (at.x + width > at.half) return false;
  const int door = s.add(
      patterned(Pattern::door, 0,
                random.chance(0.6f) ? LinearColor::grey(random.uniform(0.5f, 0.9f)) : wood_color(random),
                LinearColor(), LinearColor::grey(0.3f)));
  hang(s, at.wall, at.x, at.x + width, 0, high, 0.014f, door);
  at.x += width + random.uniform(0.3f, 1.5f);
  return true;
}

// A painting, or a board.
bool hang_picture(Scenery& s, const Room& r, Hanging& at, Random& random) {
  const float width = random.uniform(0.3f, 1.3f), high = random.uniform(0.3f, 1),
              y = random.uniform(1.0f, 1.5f);
  if (at.x + width > at.half) return false;
  Material art = patterned(Pattern::picture, 0, any_color(random, 0.8f, 0.05f, 0.95f),
                           any_color(random, 0.8f, 0.1f, 0.95f), vivid(random));
  art.texture = texture_index(Pattern::picture, random.integer(0, kPictures - 1));
  if (random.chance(0.15f)) art = plain(LinearColor::grey(random.chance(0.5f) ? 0.85f : 0.03f));
  hang(s, at.wall, at.x, at.x + width, y, std::min(y + high, r.height - 0.1f), 0.016f, s.add(art));
  at.x += width + random.uniform(0.2f, 1.8f);
  return true;
}

// What hangs on a wall, from one end to the other.
void decorate(Scenery& s, const Room& r, const Wall& wall, bool window_wall, bool beside_it, Random& random) {
  const float half = wall.length / 2;
  Hanging at{wall, -half + random.uniform(0.3f, 1), half};
  while (at.x < half - 0.5f) {
    const float kind = random.uniform();
    const bool windows = window_wall || (beside_it && random.chance(0.3f));
    if (windows && kind < 0.65f) {
      if (!hang_window(s, r, at, random)) return;
    } else if (kind < 0.25f) {
      if (!hang_door(s, r, at, random)) return;
    } else if (kind < 0.7f) {
      if (!hang_picture(s, r, at, random)) return;
    } else {
      at.x += random.uniform(0.5f, 2);
    }
  }
}

void ceiling_lights(Scenery& s, const Room& r, Random& random) {
  Material light = plain(LinearColor::grey(1));
  light.emission = random.uniform(1, 2);
  const int shining = s.add(light);
  for (int i = random.integer(0, 4); i > 0; --i) {
    const Spot at{random.uniform(r.x0 + 0.5f, r.x1 - 0.5f), random.uniform(r.z0 + 0.5f, r.z1 - 0.5f), 0,
                  r.height};
    const float a = random.uniform(0.06f, 0.3f), b = random.chance(0.4f) ? 0.6f : a;
    const float drop = random.chance(0.3f) ? random.uniform(0.1f, 0.5f) : 0.02f;
    s.box(at, {-a, -drop - 0.05f, -b}, {a, -drop, b}, shining);
    if (drop > 0.1f)
      s.stick(at.world(0, -drop, 0), at.world(0, 0, 0), 0.015f, s.add(plain(LinearColor::grey(0.1f))));
  }
}

void rug(Scenery& s, Random& random) {
  const float w = random.uniform(0.7f, 1.8f), d = random.uniform(0.5f, 1.4f);
  const Spot at{random.uniform(-1, 1), random.uniform(-1, 1), random.uniform(0, pi)};
  const Pattern patterns[] = {Pattern::damask, Pattern::stripes, Pattern::floral, Pattern::carpet,
                              Pattern::checks};
  const int material = s.add(patterned(patterns[random.integer(0, 4)], random.uniform(0.5f, 1.5f),
                                       any_color(random, 0.7f, 0.2f, 0.8f),
                                       any_color(random, 0.7f, 0.2f, 0.8f), vivid(random)));
  const Vector3f o = at.world(-w, 0.006f, -d);
  s.faces.push_back(
      {o, at.world(-w, 0.006f, d) - o, at.world(w, 0.006f, -d) - o, material, false, false, false});
}

void room_shell(Scenery& s, const Room& r, float difficulty, Random& random) {
  const Vector3f size(r.x1 - r.x0, r.height, r.z1 - r.z0);
  const auto level = [&](float y, const Vector3f& u, const Vector3f& v, int material) {
    s.faces.push_back({{r.x0, y, r.z0}, u, v, material, false, false, false});
  };
  level(0, {0, 0, size.z()}, {size.x(), 0, 0}, s.add(floor_material(random)));
  const LinearColor ceiling =
      linear_from_hsv(random.uniform(0.05f, 0.15f), random.uniform(0, 0.1f), random.uniform(0.75f, 0.98f));
  level(r.height, {size.x(), 0, 0}, {0, 0, size.z()}, s.add(plain(ceiling)));
  const Material paint = wall_paint(random);
  const int wall = s.add(paint), accent = random.chance(0.3f) ? s.add(wall_paint(random)) : wall;
  const int skirting =
      s.add(random.chance(0.7f) ? plain(LinearColor::grey(random.uniform(0.5f, 0.9f))) : wooden(random));
  const int window_wall = random.integer(0, 3), accent_wall = random.integer(0, 3);
  const std::vector<Wall> walls = walls_of(r);
  for (int i = 0; i < 4; ++i) {
    const float half = walls[i].length / 2;
    hang(s, walls[i], -half, half, 0, r.height, 0, i == accent_wall ? accent : wall);
    if (random.chance(0.9f)) hang(s, walls[i], -half, half, 0, 0.09f, 0.012f, skirting);
    decorate(s, r, walls[i], i == window_wall, i == (window_wall + 1) % 4, random);
  }
  ceiling_lights(s, r, random);
  if (random.chance(0.35f * difficulty)) rug(s, random);
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

// Pieces that stand at a wall, and how far from it.
struct WallPiece {
  float off;
  Piece piece;
};

const std::vector<WallPiece>& wall_pieces() {
  static const std::vector<WallPiece> pieces = {
      {0.22f, shelf},
      {0.3f, cabinet},
      {0.55f,
       [](Scenery& s, const Spot& p, Random& r) {
         sofa(s, p, r.uniform(0.7f, 2.1f), r.uniform(0.38f, 0.46f), 0.35f, -0.25f, r);
       }},
      {0.34f, kitchen},
      {0.45f, [](Scenery& s, const Spot& p,
                 Random& r) { table(s, p, r.uniform(0.8f, 1.8f), 0.75f, r.uniform(0.68f, 0.8f), r); }},
      {0.35f, plant},
      {0.3f, lamp},
      {0.5f, cartons},
  };
  return pieces;
}

const std::vector<Piece>& free_standing_pieces() {
  const Piece a_chair = [](Scenery& s, const Spot& p, Random& r) {
    chair(s, p, r.uniform(0.4f, 0.5f), 0.22f, -0.22f, r);
  };
  static const std::vector<Piece> pieces = {
      [](Scenery& s, const Spot& p, Random& r) {
        table(s, p, r.uniform(0.6f, 1.6f), r.uniform(0.5f, 0.9f),
              r.chance(0.5f) ? r.uniform(0.35f, 0.5f) : r.uniform(0.68f, 0.8f), r);
      },
      a_chair,
      a_chair,
      tripod,
      plant,
      cartons,
      [](Scenery& s, const Spot& p, Random& r) { brick_wall(s, p, r.uniform(0.5f, 2), r.integer(1, 6), r); },
      ladder,
      lamp,
  };
  return pieces;
}

}  // namespace

void add_seat(Scenery& s, const Spot& spot, float seat_height, float back_z, Random& random) {
  const float front = back_z + random.uniform(0.4f, 0.48f);
  const float kind = random.uniform();
  if (kind < 0.55f) {
    chair(s, spot, seat_height, front, back_z, random);
  } else if (kind < 0.85f) {
    sofa(s, spot, random.uniform(0.7f, 2.0f), seat_height, front, back_z, random);
  } else {
    bench(s, spot, seat_height, front, back_z, random);
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

  if (!room.outdoor) {
    const std::vector<Wall> walls = walls_of(room);
    const int count = int(pieces.uniform(2, 5 + 6 * std::min(difficulty, 2.f)));
    for (int i = 0; i < count; ++i) {
      const Wall& w = walls[pieces.integer(0, 3)];
      const Spot spot = along(w, pieces.uniform(-0.45f, 0.45f) * w.length, 0);
      const WallPiece& chosen = wall_pieces()[pieces.integer(0, int(wall_pieces().size()) - 1)];
      const Piece piece = [&](Scenery& s, const Spot& p, Random& r) {
        const Vector3f off = p.world(0, 0, chosen.off);
        chosen.piece(s, Spot{off.x(), off.z(), p.yaw, p.y}, r);
      };
      try_place(s, spot, keep_free, 0.2f, room, pieces, piece);
    }
  }
  const int count = int(pieces.uniform(0, 1 + 6 * std::min(difficulty, 2.f)));
  for (int i = 0; i < count; ++i) {
    const auto& all = free_standing_pieces();
    const Piece& piece = all[pieces.integer(0, int(all.size()) - 1)];
    const float x = pieces.uniform(room.x0 + 0.4f, room.x1 - 0.4f),
                z = pieces.uniform(room.z0 + 0.4f, room.z1 - 0.4f);
    try_place(s, {x, z, pieces.uniform(0, 2 * pi)}, keep_free, 0.2f, room, pieces, piece);
  }
  for (int i = things.chance(0.5f) ? things.integer(1, 2) : 0; i > 0; --i) {
    Spot spot{things.normal(0, 1.2f), things.normal(0, 1.2f)};
    clutter(s, spot, things.uniform(0.2f, 0.5f), things.integer(4, 22), keep_free, things);
  }
}

}  // namespace ahap

#include "reconstruction/synthetic/world.h"

#include <Eigen/Geometry>
#include <algorithm>
#include <cmath>
#include <numbers>
#include <stdexcept>

#include "reconstruction/synthetic/rasterizer.h"
#include "reconstruction/synthetic/shadow_map.h"
#include "reconstruction/synthetic/surroundings.h"

namespace ahap {
namespace {

using Eigen::Matrix3f;
using Eigen::Vector2f;
using Eigen::Vector3f;

constexpr float pi = std::numbers::pi_v<float>;

Matrix3f rotation_y(float angle) {
  return Eigen::AngleAxisf(angle, Vector3f::UnitY()).toRotationMatrix();
}

Activity random_activity(Random& random) {
  const float kind = random.uniform();
  if (kind < 0.34f) return Activity::stand;
  if (kind < 0.54f) return Activity::walk;
  if (kind < 0.68f) return Activity::sit;
  if (kind < 0.76f) return Activity::crouch;
  if (kind < 0.82f) return Activity::kneel;
  if (kind < 0.92f) return Activity::bend;
  return Activity::reach;
}

float closest(const std::vector<Vector3f>& a, const std::vector<Vector3f>& b) {
  float best = 1e9f;
  for (const Vector3f& p : a)
    for (const Vector3f& q : b) best = std::min(best, (p - q).squaredNorm());
  return std::sqrt(best);
}

std::vector<Vector3f> turned(const std::vector<Vector3f>& points, const Vector2f& position, float yaw) {
  const Matrix3f R = rotation_y(yaw);
  std::vector<Vector3f> result;
  for (const Vector3f& X : points) result.push_back(R * X + Vector3f(position.x(), 0, position.y()));
  return result;
}

// Height of the seat and place of its back for a sitting body in its own frame.
struct SeatFit {
  float height = 0.45f, back = -0.2f;
};

SeatFit fit_seat(const PosedBody& body, const BodyTemplate& figure) {
  SeatFit seat{1e9f, 1e9f};
  for (std::size_t v = 0; v < body.vertices.size(); ++v) {
    const int joint = figure.main_joint[v];
    if (joint <= 2) seat.height = std::min(seat.height, body.vertices[v].y());  // pelvis and thighs
    if (joint == 0 || joint == 3 || joint == 6 || joint == 9)
      seat.back = std::min(seat.back, body.vertices[v].z());  // trunk
  }
  seat.back -= 0.03f;
  return seat;
}

void make_people(World& world, std::vector<PosedBody>& posed, const BodyTemplate& figure, Random& random) {
  const WorldOptions& options = world.options;
  const float difficulty = float(options.difficulty);
  const int count = random.integer(options.min_people, options.max_people);
  const bool theme = random.chance(0.3f);  // everybody does the same kind of thing
  const Activity common = random_activity(random);
  const bool similar = options.same_clothes || random.chance(0.03f);
  Random clothes = random.fork();
  for (int i = 0; i < count; ++i) {
    Random person = random.fork();
    Actor actor;
    actor.activity = theme && person.chance(0.7f) ? common : random_activity(person);
    if (options.passing || (options.walking && person.chance(0.85f))) actor.activity = Activity::walk;
    actor.pose_seed = person.next();
    actor.pose_difficulty = difficulty;
    for (float& beta : actor.betas) beta = std::clamp(person.normal(0, 1), -2.5f, 2.5f);
    if (similar && i > 0) {
      const Outfit own = random_outfit(clothes);
      actor.outfit = world.people[0].outfit;
      actor.outfit.skin = own.skin, actor.outfit.lips = own.lips, actor.outfit.hair = own.hair;
    } else {
      actor.outfit = random_outfit(clothes);
    }
    world.people.push_back(actor);
  }
  posed = pose_bodies(world.people, figure, 0);

  // Places: near each other, never inside each other; most face the group.
  const float radius = random.uniform(0.5f, 0.7f) * std::sqrt(float(count)) + random.uniform(0.1f, 0.9f);
  std::vector<std::vector<Vector3f>> occupied;
  for (int i = 0; i < count; ++i) {
    Actor& actor = world.people[i];
    std::vector<Vector3f> joints;
    float spread = radius;
    for (int attempt = 0;; ++attempt, spread *= 1.03f) {
      const float angle = random.uniform(0, 2 * pi), r = spread * std::sqrt(random.uniform());
      actor.position = Vector2f(r * std::sin(angle), r * std::cos(angle));
      const float inward = std::atan2(-actor.position.x(), -actor.position.y());
      actor.yaw = random.chance(0.6f) ? inward + random.normal(0, 0.6f) : random.uniform(-pi, pi);
      const bool meets = options.passing && i % 2 == 1;
      if (meets) {  // shoulder to shoulder with the person before, the other way
        const Actor& other = world.people[i - 1];
        const Vector2f forward(std::sin(other.yaw), std::cos(other.yaw)), side(forward.y(), -forward.x());
        actor.position = other.position +
                         random.sign() * random.uniform(0.4f, 0.6f) * spread / radius * side +
                         random.normal(0, 0.2f) * forward;
        actor.yaw = other.yaw + pi + random.normal(0, 0.15f);
      }
      const float apart = meets ? 0.4f : 0.55f, untouched = meets ? 0.14f : 0.26f;  // metres
      joints = turned(posed[i].joints, actor.position, actor.yaw);
      const bool clear =
          std::all_of(occupied.begin(), occupied.end(), [&](const std::vector<Vector3f>& other) {
            const Vector3f gap = joints[0] - other[0];
            return std::hypot(gap.x(), gap.z()) > apart && closest(joints, other) > untouched;
          });
      if (clear) break;
    }
    occupied.push_back(std::move(joints));
  }
  // Whatever the group's layout, its middle is the origin.
  Vector2f middle = Vector2f::Zero();
  for (const Actor& actor : world.people) middle += actor.position / float(count);
  for (int i = 0; i < count; ++i) {
    world.people[i].position -= middle;
    place(world.people[i], posed[i], figure);
  }
}

void make_room(World& world, Random& random) {
  Room& room = world.room;
  room.outdoor = random.chance(0.17f);
  float reach = 0;  // of the group
  for (const Actor& actor : world.people) reach = std::max(reach, actor.position.norm());
  const float low = std::max(5.f, 2 * reach + 2.5f), high = room.outdoor ? 30.f : std::max(13.f, low + 1);
  const float bias = room.outdoor ? 0.5f : 1.6f;  // small rooms are more common than halls
  const float width = low + (high - low) * std::pow(random.uniform(), bias),
              depth = low + (high - low) * std::pow(random.uniform(), bias);
  const auto shift = [&](float size) {
    return random.uniform(-1, 1) * std::max(0.f, 0.5f * size - reach - 1.2f) * 0.7f;
  };
  const float cx = shift(width), cz = shift(depth);
  room.x0 = cx - width / 2, room.x1 = cx + width / 2;
  room.z0 = cz - depth / 2, room.z1 = cz + depth / 2;
  room.height = random.uniform(2.45f, 3.1f) + (std::min(width, depth) > 8 ? random.uniform(0, 1.5f) : 0.f);
}

void make_lighting(World& world, Random& random) {
  const float difficulty = std::min(1.5f, float(world.options.difficulty));
  Lighting& l = world.lighting;
  const auto tint = [&](float strength) {  // from warm (-) to cold (+)
    const float w = random.normal(0, strength);
    return LinearColor(std::max(0.4f, 1 - 0.25f * w), 1, std::max(0.4f, 1 + 0.3f * w));
  };
  const float contrast = 0.3f + 0.7f * difficulty * random.uniform();
  const float ambient = random.uniform(0.35f, 0.75f);
  l.ambient_up = ambient * tint(0.4f);
  l.ambient_down = ambient * random.uniform(0.35f, 0.75f) * tint(0.4f);
  const auto direction = [&](float low, float high) {
    const float azimuth = random.uniform(0, 2 * pi), elevation = random.uniform(low, high) * pi / 180;
    return Vector3f(std::cos(elevation) * std::sin(azimuth), std::sin(elevation),
                    std::cos(elevation) * std::cos(azimuth));
  };
  if (world.room.outdoor) {
    const bool sunny = random.chance(0.6f);
    if (sunny)
      l.lights.push_back({direction(20, 70), (0.6f + contrast) * tint(0.4f), false, false});
    else
      l.lights.push_back({direction(45, 85), 0.35f * tint(0.3f), true, false});
    l.sky_zenith = LinearColor(0.15f, 0.3f, 0.7f) * random.uniform(0.6f, 1.4f);
    l.sky_horizon = LinearColor(0.65f, 0.75f, 0.9f) * random.uniform(0.7f, 1.3f);
    if (!sunny) l.sky_zenith = l.sky_horizon = LinearColor::grey(random.uniform(0.5f, 1));
    l.exposure = random.uniform(0.7f, 1.15f);
    return;
  }
  // A main light with a soft shadow: lamps overhead or a large window from the side; sometimes the sun
  // through a window.
  const bool overhead = random.chance(0.55f);
  l.lights.push_back({overhead ? direction(50, 88) : direction(15, 45),
                      contrast * random.uniform(0.5f, 0.9f) * tint(0.5f), true, false});
  if (!world.scenery.openings.empty() && random.chance(0.4f)) {
    // From a height at which it reaches the middle of the room.
    const Opening& o = world.scenery.openings[random.integer(0, int(world.scenery.openings.size()) - 1)];
    const Vector3f target(random.normal(0, 1), 0, random.normal(0, 1));
    const Vector3f from = o.origin + random.uniform(0.2f, 0.8f) * o.u + 0.7f * o.v - target;
    Vector3f toward = from.normalized();
    toward.y() = std::max(toward.y(), 0.25f);
    l.lights.push_back(
        {toward.normalized(), random.uniform(0.8f, 2.2f) * LinearColor(1, 0.93f, 0.8f), false, true});
  } else if (random.chance(0.3f)) {
    l.lights.push_back({direction(25, 65), 0.4f * contrast * tint(0.6f), random.chance(0.5f), false});
  }
  l.exposure =
      random.uniform(0.75f, 1.3f) * (1 + (difficulty > 0 ? random.normal(0, 0.12f * difficulty) : 0));
  l.exposure = std::max(0.3f, l.exposure);
}

void shade_floor(World& world) {
  FloorShade& floor = world.floor_shade;
  constexpr int n = FloorShade::kSize;
  const float scale = n / (2 * floor.half_extent);
  std::vector<float> cover(n * n, 0);
  const auto splat = [&](float x, float z, float amount) {
    const int i = int(std::floor((x + floor.half_extent) * scale)),
              j = int(std::floor((z + floor.half_extent) * scale));
    if (i >= 0 && j >= 0 && i < n && j < n) cover[j * n + i] = std::max(cover[j * n + i], amount);
  };
  for (const Actor& actor : world.people)
    for (const Vector3f& X : actor.vertices)
      if (X.y() < 0.9f) splat(X.x(), X.z(), 1 - X.y());
  for (const Obstacle& o : world.scenery.obstacles) {
    const float amount = std::max(0.2f, 1 - o.bottom);
    const Spot spot{o.center.x(), o.center.y(), o.yaw};
    const float step = 0.7f / scale;
    for (float x = -o.half.x(); x <= o.half.x(); x += step)
      for (float z = -o.half.y(); z <= o.half.y(); z += step) {
        const Vector3f X = spot.world(x, 0, z);
        splat(X.x(), X.z(), amount);
      }
  }
  // Two box blurs per axis make a soft edge of about 0.3 m.
  std::vector<float> other(n * n);
  const auto blur = [&](const std::vector<float>& in, std::vector<float>& out, int step, int line) {
    constexpr int r = 2;
    for (int a = 0; a < n; ++a) {
      float sum = 0;
      for (int b = -r; b < n; ++b) {
        if (b + r < n) sum += in[a * line + (b + r) * step];
        if (b - r - 1 >= 0) sum -= in[a * line + (b - r - 1) * step];
        if (b >= 0) out[a * line + b * step] = sum / (2 * r + 1);
      }
    }
  };
  for (int pass = 0; pass < 2; ++pass) {
    blur(cover, other, 1, n);
    blur(other, cover, n, 1);
  }
  floor.open.resize(n * n);
  for (int i = 0; i < n * n; ++i) floor.open[i] = 1 - 0.75f * std::min(1.f, cover[i]);
}

Camera look_at(const Vector3f& from, const Vector3f& target, float roll, double fov_degrees, int width,
               int height) {
  Camera camera;
  camera.width = width, camera.height = height;
  const double longer = std::max(width, height),
               f = 0.5 * longer / std::tan(0.5 * fov_degrees * std::numbers::pi / 180);
  camera.K << f, 0, 0.5 * width, 0, f, 0.5 * height, 0, 0, 1;
  const Eigen::Vector3d z = (target - from).cast<double>().normalized(),
                        x = z.cross(Eigen::Vector3d::UnitY()).normalized();
  Eigen::Matrix3d R;
  R.col(0) = x, R.col(1) = z.cross(x), R.col(2) = z;
  camera.world_from_camera.linear() =
      R * Eigen::AngleAxisd(roll, Eigen::Vector3d::UnitZ()).toRotationMatrix();
  camera.world_from_camera.translation() = from.cast<double>();
  return camera;
}

void make_cameras(World& world, Random& random) {
  const WorldOptions& options = world.options;
  const float difficulty = std::min(2.f, float(options.difficulty));
  const int count = random.integer(options.min_views, options.max_views),
            longer = std::max(options.width, options.height);
  const bool shared_lens = random.chance(0.5f), shared_shape = random.chance(0.75f);
  const auto lens = [&] { return double(random.uniform(float(options.min_fov), float(options.max_fov))); };
  const auto shape = [&] {
    if (!options.vary_aspect) return std::pair(options.width, options.height);
    const float ratios[] = {1.f, 3 / 4.f, 2 / 3.f, 9 / 16.f};
    const int shorter = int(std::lround(longer * ratios[random.integer(0, 3)]));
    return random.chance(0.8f) ? std::pair(longer, shorter) : std::pair(shorter, longer);
  };
  const double common_fov = lens();
  const auto common_shape = shape();
  std::vector<float> azimuths;
  for (int view = 0; view < count; ++view) {
    const double fov = shared_lens ? common_fov : lens();
    const auto [width, height] = shared_shape ? common_shape : shape();
    // The resolution of the visibility test: about 56 pixels on the longer side.
    const int step = std::max(1, longer / 56);
    const float needed =
        300.f / (224 * 224) * float(width) * height / float(step * step);           // twice what is promised
    const int wanted = random.chance(0.8f) ? int(world.people.size() + 1) / 2 : 1;  // people to see
    Camera best;
    int best_seen = -1;
    for (int attempt = 0; attempt < 400; ++attempt) {
      const float azimuth = random.uniform(-pi, pi), distance = random.uniform(2.2f, 7.f);
      const float high = random.chance(0.85f) ? random.uniform(1, 2.5f) : random.uniform(0.5f, 2.8f);
      const Vector3f from(distance * std::sin(azimuth), std::min(high, world.room.height - 0.2f),
                          distance * std::cos(azimuth));
      const Vector3f target(random.normal(0, 0.35f * difficulty),
                            0.85f + random.normal(0, 0.22f * difficulty),
                            random.normal(0, 0.35f * difficulty));
      const float roll = random.normal(0, 2 * pi / 180 * difficulty);
      // Few choices are left in a crowded small room: the demands on separation fall with the attempts.
      const float separation = (20 - 0.05f * attempt) * pi / 180;
      const bool apart = std::all_of(azimuths.begin(), azimuths.end(), [&](float other) {
        return std::abs(std::remainder(azimuth - other, 2 * pi)) > separation;
      });
      const float margin = 0.15f;
      const bool inside = from.x() > world.room.x0 + margin && from.x() < world.room.x1 - margin &&
                          from.z() > world.room.z0 + margin && from.z() < world.room.z1 - margin;
      if (!apart || !inside || !world.scenery.is_free(from, 0.25f)) continue;
      const bool crowded = std::any_of(world.people.begin(), world.people.end(), [&](const Actor& actor) {
        return closest({from}, actor.joints) < 0.9f;
      });
      if (crowded) continue;
      const Camera camera = look_at(from, target, roll, fov, width, height);
      const std::vector<int> pixels = count_visible_pixels(world, camera, step);
      const int seen = int(std::count_if(pixels.begin(), pixels.end(), [&](int n) { return n >= needed; }));
      if (seen > best_seen) best = camera, best_seen = seen;
      if (best_seen >= wanted || (best_seen >= 1 && attempt > 60)) break;
    }
    if (best_seen < 1) throw std::runtime_error("No camera of this world sees anybody; take another seed.");
    const Vector3f center = best.center().cast<float>();
    azimuths.push_back(std::atan2(center.x(), center.z()));
    world.cameras.push_back(best);
  }
}

}  // namespace

void check(const WorldOptions& o) {
  if (o.min_people < 1 || o.max_people < o.min_people || o.max_people > 12)
    throw std::runtime_error("A rendered world needs 1 to 12 people, the smallest number first.");
  if (o.min_views < 1 || o.max_views < o.min_views || o.max_views > 16)
    throw std::runtime_error("A rendered world needs 1 to 16 views, the smallest number first.");
  if (o.width < 32 || o.height < 32 || o.width > 8192 || o.height > 8192)
    throw std::runtime_error("Rendered pictures must be 32 to 8192 pixels wide and high.");
  if (!(o.min_fov >= 10 && o.max_fov >= o.min_fov && o.max_fov <= 140))
    throw std::runtime_error(
        "The field of view of rendered pictures must lie between 10 and 140 degrees, the smallest first.");
  if (o.samples < 1 || o.samples > 9 || o.samples % 2 == 0)
    throw std::runtime_error("The number of samples per pixel and axis must be odd and at most 9.");
  if (!(o.difficulty >= 0 && o.difficulty <= 3))
    throw std::runtime_error("The difficulty of rendered worlds must lie between 0 and 3.");
}

World make_world(std::uint64_t seed, const WorldOptions& options) {
  check(options);
  const BodyTemplate& figure = body_template(options.detail);
  for (std::uint64_t attempt = 0;; ++attempt) {
    World world;
    world.seed = seed;
    world.options = options;
    Random random(seed + attempt * 0x1000000007ull);
    Random people = random.fork(), room = random.fork(), things = random.fork(), light = random.fork(),
           cameras = random.fork();

    std::vector<PosedBody> posed;
    make_people(world, posed, figure, people);
    make_room(world, room);
    std::vector<Vector3f> keep_free;  // what furniture must not touch
    for (std::size_t i = 0; i < posed.size(); ++i) {
      Actor& actor = world.people[i];
      const Spot spot{actor.position.x(), actor.position.y(), actor.yaw};
      keep_free.insert(keep_free.end(), actor.joints.begin(), actor.joints.end());
      if (actor.activity == Activity::sit) {
        const SeatFit seat = fit_seat(posed[i], figure);
        actor.seat_height = seat.height;
        add_seat(world.scenery, spot, seat.height, seat.back, things);
      }
      if (posed[i].pose.works && things.chance(0.6f)) {
        Vector3f work = posed[i].pose.work;
        work.y() += posed[i].joints[0].y();
        add_work(world.scenery, spot, work, things);
      }
    }
    furnish(world.scenery, world.room, keep_free, float(options.difficulty), things);
    make_lighting(world, light);
    try {
      make_cameras(world, cameras);
    } catch (const std::runtime_error&) {
      if (attempt < 20) continue;
      throw;
    }
    shade(world);
    return world;
  }
}

void shade(World& world) {
  shade_floor(world);
  world.shadow_maps.clear();
  for (const Light& light : world.lighting.lights) world.shadow_maps.push_back(make_shadow_map(world, light));
}

}  // namespace ahap

#include "reconstruction/synthetic/moving_world.h"

#include <Eigen/Geometry>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace ahap {
namespace {

using Eigen::Vector2f;
using Eigen::Vector3d;
using Eigen::Vector3f;

constexpr double pi = std::numbers::pi;
constexpr double kTimeStep = 0.1;       // seconds, at which ways are tested
constexpr float kApart = 0.55f;         // metres between the pelves of two people who pass each other
constexpr float kFromCameras = 0.8f;    // metres
constexpr float kFromFurniture = 0.3f;  // metres, likewise from walls
constexpr float kTightest = 0.3f;       // radius of a path's bends, metres
constexpr int kTries = 200;             // of ways per person

// Whose way is being planned among the others.
struct Surroundings {
  const World& world;
  const std::vector<std::optional<Walk>>& walks;
  const std::vector<CameraMotion>& cameras;
  double seconds;
};

// Of walls and furniture.
bool is_free(const World& world, const Vector2f& place) {
  const Room& room = world.room;
  if (place.x() < room.x0 + kFromFurniture || place.x() > room.x1 - kFromFurniture ||
      place.y() < room.z0 + kFromFurniture || place.y() > room.z1 - kFromFurniture)
    return false;
  for (const float height : {0.1f, 0.5f, 0.9f, 1.4f})
    if (!world.scenery.is_free({place.x(), height, place.y()}, kFromFurniture)) return false;
  return true;
}

bool is_free(const World& world, const Path& path, float from) {
  for (float along = from; along < path.length(); along += 0.15f)
    if (!is_free(world, path.at(along))) return false;
  return true;
}

// Of cameras and other people.
bool is_free(const Surroundings& around, int person, const Vector2f& place, double seconds) {
  for (std::size_t c = 0; c < around.world.cameras.size(); ++c) {
    const Camera camera = around.cameras.empty() ? around.world.cameras[c]
                                                 : moved(around.world.cameras[c], around.cameras[c], seconds);
    if ((Vector2f(camera.center().x(), camera.center().z()) - place).norm() < kFromCameras) return false;
  }
  for (int other = 0; other < int(around.walks.size()); ++other) {
    const Actor& actor = around.world.people[other];
    if (other == person || (!around.walks[other] && actor.activity == Activity::walk)) continue;
    const Vector2f there = around.walks[other] ? around.walks[other]->place(seconds) : actor.position;
    if ((there - place).norm() < kApart) return false;
  }
  return true;
}

bool is_free(const Surroundings& around, int person, const Walk& walk) {
  for (double t = 0; t < around.seconds + kTimeStep; t += kTimeStep)
    if (!is_free(around, person, walk.place(t), t)) return false;
  return true;
}

// Free, in the middle of the room or on its outskirts.
Vector2f random_place(const World& world, bool outwards, Random& random) {
  Vector2f place(0, 0);
  for (int attempt = 0; attempt < 20; ++attempt) {
    const float angle = random.uniform(0, 2 * float(pi)),
                radius = outwards ? random.uniform(1.5f, 4.5f) : random.uniform(0, 1.4f);
    place = {radius * std::sin(angle), radius * std::cos(angle)};
    if (is_free(world, place)) break;
  }
  return place;
}

constexpr float kRunUp = 1.6f;  // metres of a path before the place where its walker is at 0 seconds

// Corners of a way that passes `position` in the direction of yaw and then goes to and fro between the middle
// of the room and its outskirts.
std::vector<Vector2f> random_corners(const World& world, const Vector2f& position, float yaw, float length,
                                     Random& random) {
  const Vector2f forward(std::sin(yaw), std::cos(yaw));
  std::vector<Vector2f> corners = {position - kRunUp * forward, position - 0.5f * kRunUp * forward, position,
                                   position + random.uniform(0.8f, 1.3f) * forward};
  bool outwards = random.chance(0.6f);
  for (float gone = 0; gone < length; outwards = !outwards) {
    const Vector2f goal = random_place(world, outwards, random);
    const Vector2f here = corners.back(), before = here - corners[corners.size() - 2], after = goal - here;
    if (after.norm() < 0.8f) continue;
    // Who turns back goes around a bend.
    if (before.normalized().dot(after.normalized()) < -0.3f) {
      const Vector2f side = Vector2f(before.y(), -before.x()).normalized();
      corners.push_back(here + 0.5f * before.normalized() + (side.dot(after) < 0 ? -0.9f : 0.9f) * side);
    }
    gone += (goal - corners.back()).norm();
    corners.push_back(goal);
  }
  return corners;
}

// Sole of a body with these betas, y in its rest pose.
float sole_height(const std::array<float, kSmplBetas>& betas, const BodyTemplate& figure) {
  std::array<Eigen::Matrix3f, kSmplJoints> rest;
  rest.fill(Eigen::Matrix3f::Identity());
  float sole = std::numeric_limits<float>::infinity();
  const std::vector<PosedMesh> standing = figure.pose({betas}, {rest});
  for (const Vector3f& X : standing.front().vertices) sole = std::min(sole, X.y());
  return sole;
}

std::optional<Walk> find_walk(const Surroundings& around, int person, Random random) {
  const Actor& actor = around.world.people[person];
  const BodyTemplate& figure = body_template(around.world.options.detail);
  const Skeleton rest = figure.rest_joints(actor.betas);
  const float sole = sole_height(actor.betas, figure);
  constexpr float fastest = 1.6f;  // metres per second
  for (int attempt = 0; attempt < kTries; ++attempt) {
    // From the actor's own place in its own direction, or in another one, or from another place.
    const float yaw = attempt < kTries / 4 ? actor.yaw : random.uniform(0, 2 * float(pi));
    const Vector2f start = attempt < kTries / 2 ? actor.position : random_place(around.world, false, random);
    WalkPlan plan;
    plan.path = Path(random_corners(around.world, start, yaw, fastest * float(around.seconds) + 1, random));
    plan.start = kRunUp;
    plan.style = random.next();
    plan.stop_seconds = random.uniform(0.5f, 1.5f);
    if (random.chance(0.6f)) plan.stops.push_back(plan.start + random.uniform(0.8f, 4));
    if (plan.path.smallest_radius() < kTightest || !is_free(around.world, plan.path, plan.start)) continue;
    const Walk walk(rest, sole, std::move(plan));
    if (walk.in_reach() && is_free(around, person, walk)) return walk;
  }
  return std::nullopt;
}

// Ways for all who can have one; the others stand from the beginning, and are in the way.
void plan_walks(MovingWorld& world, double seconds, std::uint64_t seed) {
  std::vector<Actor>& people = world.start.people;
  for (bool everybody_has_one = false; !everybody_has_one;) {
    world.walks.assign(people.size(), std::nullopt);
    everybody_has_one = true;
    for (int person = 0; person < int(people.size()) && everybody_has_one; ++person) {
      if (people[person].activity != Activity::walk) continue;
      world.walks[person] =
          find_walk({world.start, world.walks, world.cameras, seconds}, person, Random(seed + person));
      if (world.walks[person]) continue;
      people[person].activity = Activity::stand;
      everybody_has_one = false;
    }
  }
}

CameraMotion random_motion(const World& world, const Camera& camera, double seconds, Random& random) {
  const Vector3d side = camera.world_from_camera.linear().col(0), up = Vector3d::UnitY(),
                 ahead = camera.world_from_camera.linear().col(2);
  CameraMotion motion;
  motion.target = camera.center() + std::max(1.0, -camera.center().dot(ahead)) * ahead;
  motion.sweep = random.sign() * random.uniform(0.25f, 0.6f) * side + random.normal(0, 0.06f) * up +
                 random.normal(0, 0.15f) * ahead;
  motion.period = random.uniform(5, 9);
  motion.phase = random.uniform(-1, 1);
  motion.shake = random.uniform(0.001f, 0.006f);
  const auto is_clear = [&] {
    for (double t = 0; t < seconds + kTimeStep; t += kTimeStep) {
      const Vector3d X = moved(camera, motion, t).center();
      if (X.x() < world.room.x0 + 0.15 || X.x() > world.room.x1 - 0.15 || X.z() < world.room.z0 + 0.15 ||
          X.z() > world.room.z1 - 0.15 || !world.scenery.is_free(X.cast<float>(), 0.2f))
        return false;
    }
    return true;
  };
  while (motion.sweep.norm() > 0.02 && !is_clear()) motion.sweep /= 2;
  return motion;
}

}  // namespace

Camera moved(const Camera& camera, const CameraMotion& motion, double seconds) {
  const double turn = 2 * pi * seconds / motion.period;
  const Vector3d offset = (std::sin(turn + motion.phase) - std::sin(motion.phase)) * motion.sweep;
  const Vector3d before = motion.target - camera.center(), after = before - offset;
  // Hands shake about once a second, each axis in its own rhythm.
  const auto shaken = [&](double hertz) { return motion.shake * std::sin(2 * pi * hertz * seconds); };
  const Eigen::Matrix3d shake =
      (Eigen::AngleAxisd(shaken(0.9), Vector3d::UnitX()) * Eigen::AngleAxisd(shaken(1.3), Vector3d::UnitY()) *
       Eigen::AngleAxisd(shaken(0.7), Vector3d::UnitZ()))
          .toRotationMatrix();
  Camera result = camera;
  result.world_from_camera.linear() = Eigen::Quaterniond::FromTwoVectors(before, after).toRotationMatrix() *
                                      camera.world_from_camera.linear() * shake;
  result.world_from_camera.translation() = camera.center() + offset;
  return result;
}

MovingWorld make_moving_world(std::uint64_t seed, const WorldOptions& options, double seconds,
                              bool moving_cameras) {
  MovingWorld world;
  world.start = make_world(seed, options);
  Random random(seed + 0x6d6f76696e67ull);
  Random paths = random.fork(), cameras = random.fork();
  if (moving_cameras)
    for (const Camera& camera : world.start.cameras)
      world.cameras.push_back(random_motion(world.start, camera, seconds, cameras));
  plan_walks(world, seconds, paths.next());
  return world;
}

World at_time(const MovingWorld& moving, double seconds) {
  World world = moving.start;
  const BodyTemplate& figure = body_template(world.options.detail);
  const std::vector<PosedBody> posed = pose_bodies(world.people, figure, seconds);
  for (std::size_t i = 0; i < world.people.size(); ++i) {
    if (moving.walks[i])
      place(world.people[i], moving.walks[i]->pose(seconds), figure);
    else
      place(world.people[i], posed[i], figure);
  }
  for (std::size_t c = 0; c < moving.cameras.size(); ++c)
    world.cameras[c] = moved(moving.start.cameras[c], moving.cameras[c], seconds);
  shade(world);
  return world;
}

}  // namespace ahap

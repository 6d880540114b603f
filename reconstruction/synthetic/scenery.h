#pragma once

#include <Eigen/Core>
#include <Eigen/Geometry>
#include <vector>

#include "reconstruction/synthetic/textures.h"

namespace ahap {

struct Material {
  int texture = 0;
  float tiles_per_metre = 1;  // 0: the texture once over the whole face
  LinearColor colors[3] = {LinearColor::grey(1), LinearColor::grey(1), LinearColor::grey(1)};
  float emission = 0;  // > 0: shines with this times its colour, unlit
};

// A parallelogram (or half of one) in the world; outside is where u x v points. Metres.
struct Face {
  Eigen::Vector3f origin, u, v;
  int material = 0;
  bool triangle = false;
  bool two_sided = false;
  bool casts_shadow = true;
  Eigen::Vector3f normal() const { return u.cross(v).normalized(); }
};

// Where nothing else may stand: a turned box on the floor plan, between two heights.
struct Obstacle {
  Eigen::Vector2f center, half;  // x, z
  float yaw = 0, bottom = 0, top = 0;

  // Distance of a world point from the box, 0 inside, metres.
  float distance(const Eigen::Vector3f& X) const;
};

// A place on the floor: local x, z turned by yaw about Y; local +z is the front.
struct Spot {
  float x = 0, z = 0, yaw = 0, y = 0;
  Eigen::Vector3f world(float lx, float ly, float lz) const;
};

struct Room {
  float x0 = 0, x1 = 0, z0 = 0, z1 = 0, height = 2.6f;
  bool outdoor = false;
};

// An opening that lets the sun in; slats per metre cut its light into stripes, 0 = none.
struct Opening {
  Eigen::Vector3f origin, u, v;
  float slats = 0;
};

// Walls, furniture and things, as faces with materials.
struct Scenery {
  std::vector<Material> materials;
  std::vector<Face> faces;
  std::vector<Obstacle> obstacles;
  std::vector<Opening> openings;

  int add(const Material& material);
  void box(const Spot& spot, const Eigen::Vector3f& low, const Eigen::Vector3f& high,
           int material);  // local corners
  void stick(const Eigen::Vector3f& from, const Eigen::Vector3f& to, float thickness, int material);  // world
  // Remembers a box of the floor plan (local corners) as occupied.
  void occupy(const Spot& spot, const Eigen::Vector3f& low, const Eigen::Vector3f& high);
  bool is_free(const Eigen::Vector3f& X, float clearance) const;
};

}  // namespace ahap

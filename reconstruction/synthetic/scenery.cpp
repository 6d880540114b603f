#include "reconstruction/synthetic/scenery.h"

#include <algorithm>
#include <cmath>

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

}  // namespace ahap

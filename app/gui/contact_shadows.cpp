#include "app/gui/contact_shadows.h"

#include <algorithm>
#include <array>

namespace ahap {

namespace {

constexpr float kRadius = 0.11f;  // metres, of a sphere: as thick as limbs with some of the trunk
constexpr float kReach = 0.6f;    // metres from a sphere beyond which it takes no light
constexpr float kLeastLight = 0.35f;

struct Occluder {
  std::vector<Eigen::Vector3f> spheres;
  Eigen::AlignedBox3f reach;
};

// Joints and the middles of the bones between them.
Occluder occluder_of(const BodyInFrame& body) {
  Occluder occluder;
  for (std::size_t j = 0; j < body.joints.size(); ++j) {
    const Eigen::Vector3f joint = body.joints[j];
    occluder.spheres.push_back(joint);
    if (j > 0) occluder.spheres.push_back((joint + body.joints[kSmplParents[j]]) / 2);
  }
  for (const Eigen::Vector3f& sphere : occluder.spheres) occluder.reach.extend(sphere);
  occluder.reach.min().array() -= kReach;
  occluder.reach.max().array() += kReach;
  return occluder;
}

// The share of the hemisphere over the point, weighted by the cosine, that a sphere covers.
float covered(const Eigen::Vector3f& sphere, const Eigen::Vector3f& point, const Eigen::Vector3f& normal) {
  const Eigen::Vector3f towards = sphere - point;
  const float distance = std::max(towards.norm(), kRadius);
  if (distance > kReach) return 0;
  const float fade = 1 - distance / kReach;
  const float cosine = normal.isZero() ? 0.5f : std::max(0.0f, normal.dot(towards) / distance);
  return fade * cosine * (kRadius * kRadius) / (distance * distance);
}

}  // namespace

std::vector<float> light_beside_bodies(const PointCloud& points, std::span<const Eigen::Vector3f> normals,
                                       std::span<const PersonInFrame> people) {
  std::vector<Occluder> occluders;
  for (const PersonInFrame& person : people) occluders.push_back(occluder_of(person.body));
  std::vector<float> light(points.size(), 1);
  for (std::size_t i = 0; i < points.size(); ++i) {
    const Eigen::Vector3f& point = points.positions[i];
    for (const Occluder& occluder : occluders) {
      if (!occluder.reach.contains(point)) continue;
      for (const Eigen::Vector3f& sphere : occluder.spheres)
        light[i] *= 1 - covered(sphere, point, normals[i]);
    }
    light[i] = std::max(light[i], kLeastLight);
  }
  return light;
}

}  // namespace ahap

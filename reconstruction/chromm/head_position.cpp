#include "reconstruction/chromm/head_position.h"

#include <Eigen/Geometry>
#include <algorithm>
#include <array>
#include <cmath>

namespace ahap {
namespace {

constexpr double kEdge = 0.1;  // relative step of depth beyond which a bilinear mean lies in the air

bool is_known(double depth) {
  return std::isfinite(depth) && depth > 0;
}

// The share of the way from the camera, at 0, to `joint` at which the triangle is met.
std::optional<double> meeting(const Eigen::Vector3d& a, const Eigen::Vector3d& b, const Eigen::Vector3d& c,
                              const Eigen::Vector3d& joint) {
  // Moeller and Trumbore 1997, with the ray's origin at 0.
  const Eigen::Vector3d ab = b - a, ac = c - a, across = joint.cross(ac);
  const double determinant = ab.dot(across);
  if (determinant == 0) return std::nullopt;
  const double u = -a.dot(across) / determinant;
  const Eigen::Vector3d turned = (-a).cross(ab);
  const double v = joint.dot(turned) / determinant;
  if (u < 0 || v < 0 || u + v > 1) return std::nullopt;
  return ac.dot(turned) / determinant;
}

}  // namespace

std::optional<double> surface_depth(const DepthMap& map, const Eigen::Vector2d& place) {
  if (map.width <= 0 || map.height <= 0 || !place.allFinite()) return std::nullopt;
  const auto at = [&](int x, int y) {
    return double(map.depth[std::size_t(y) * std::size_t(map.width) + std::size_t(x)]);
  };
  const double x = std::clamp(place.x() - 0.5, 0.0, double(map.width - 1)),
               y = std::clamp(place.y() - 0.5, 0.0, double(map.height - 1));
  const int left = int(x), top = int(y), right = std::min(left + 1, map.width - 1),
            bottom = std::min(top + 1, map.height - 1);
  const std::array corners = {at(left, top), at(right, top), at(left, bottom), at(right, bottom)};
  const double a = x - left, b = y - top;
  const auto [low, high] = std::minmax_element(corners.begin(), corners.end());
  if (std::all_of(corners.begin(), corners.end(), is_known) && *high <= (1 + kEdge) * *low)
    return (1 - b) * ((1 - a) * corners[0] + a * corners[1]) + b * ((1 - a) * corners[2] + a * corners[3]);
  const double nearest = corners[std::size_t(a >= 0.5) + 2 * std::size_t(b >= 0.5)];
  return is_known(nearest) ? std::optional(nearest) : std::nullopt;
}

Eigen::Vector3d point_at_depth(const Eigen::Matrix3d& K, const Eigen::Vector2d& pixel, double depth) {
  return depth * (K.inverse() * pixel.homogeneous());
}

double depth_behind_surface(std::span<const Eigen::Vector3d> vertices, std::span<const Triangle> triangles,
                            const Eigen::Vector3d& joint) {
  double nearest = 1;
  for (const Triangle& t : triangles) {
    const auto met =
        meeting(vertices[std::size_t(t[0])], vertices[std::size_t(t[1])], vertices[std::size_t(t[2])], joint);
    if (met && *met > 0) nearest = std::min(nearest, *met);
  }
  return (1 - nearest) * joint.z();
}

}  // namespace ahap

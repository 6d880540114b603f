#include "reconstruction/geometry/body_raster.h"

#include <algorithm>
#include <cmath>

namespace ahap {
namespace {

constexpr double kNear = 0.05;  // metres

}  // namespace

BodyRaster rasterize_bodies(const Camera& camera, std::span<const std::vector<Eigen::Vector3d>> bodies,
                            std::span<const Triangle> triangles) {
  BodyRaster raster{camera.width, camera.height, {}, {}};
  const std::size_t pixels = std::size_t(raster.width) * raster.height;
  std::vector<double> nearness(pixels, 0);  // 1 / z, which is linear in the picture
  raster.body.assign(pixels, -1);
  const Eigen::Isometry3d camera_from_world = camera.camera_from_world();
  std::vector<Eigen::Vector3d> corners;  // x, y in pixels, 1 / z
  for (std::size_t b = 0; b < bodies.size(); ++b) {
    corners.clear();
    for (const Eigen::Vector3d& vertex : bodies[b]) {
      const Eigen::Vector3d X = camera_from_world * vertex;
      const Eigen::Vector3d x = camera.K * X;
      corners.push_back(X.z() > kNear ? Eigen::Vector3d(x.x() / X.z(), x.y() / X.z(), 1 / X.z())
                                      : Eigen::Vector3d::Zero());
    }
    for (const Triangle& triangle : triangles) {
      const Eigen::Vector3d &p = corners[triangle[0]], &q = corners[triangle[1]], &r = corners[triangle[2]];
      if (p.z() <= 0 || q.z() <= 0 || r.z() <= 0) continue;
      const double area = (q.x() - p.x()) * (r.y() - p.y()) - (q.y() - p.y()) * (r.x() - p.x());
      if (area == 0) continue;
      const auto first = [](double lowest) { return int(std::ceil(std::max(lowest, 0.0) - 0.5)); };
      const auto end = [](double highest, int size) {
        return int(std::floor(std::min(highest, double(size)) - 0.5)) + 1;
      };
      const int x0 = first(std::min({p.x(), q.x(), r.x()})),
                x1 = end(std::max({p.x(), q.x(), r.x()}), raster.width);
      const int y0 = first(std::min({p.y(), q.y(), r.y()})),
                y1 = end(std::max({p.y(), q.y(), r.y()}), raster.height);
      for (int y = y0; y < y1; ++y) {
        for (int x = x0; x < x1; ++x) {
          const double u = x + 0.5, v = y + 0.5;
          const double a = ((q.x() - u) * (r.y() - v) - (q.y() - v) * (r.x() - u)) / area;
          const double c = ((p.x() - u) * (q.y() - v) - (p.y() - v) * (q.x() - u)) / area;
          const double w = 1 - a - c;
          if (a < 0 || c < 0 || w < 0) continue;
          const double near = a * p.z() + w * q.z() + c * r.z();
          const std::size_t at = std::size_t(y) * raster.width + x;
          if (near <= nearness[at]) continue;
          nearness[at] = near;
          raster.body[at] = int(b);
        }
      }
    }
  }
  raster.depth.resize(pixels);
  for (std::size_t i = 0; i < pixels; ++i) raster.depth[i] = nearness[i] > 0 ? float(1 / nearness[i]) : 0;
  return raster;
}

}  // namespace ahap

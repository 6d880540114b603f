#include "reconstruction/multiview/point_cloud.h"

#include <algorithm>
#include <cmath>

namespace ahap {
namespace {

constexpr double kGrazing = 0.3;  // cosine between ray and surface normal below which a depth says little
constexpr double kMinSquareness = 0.2;  // below: an edge, no surface
constexpr int kLeastSurface = 200;      // cells of one surface; smaller ones are shreds
constexpr double kLeap = 0.08;  // relative difference of neighbouring depths that belong to two things
constexpr double kSeenThrough =
    1.15;  // another view's depth over the point's there: it looks through the point
constexpr double kConfirmed = 1.08;  // and within this factor it sees the same surface

Eigen::Vector3d cell_point(const DepthView& view, int x, int y) {
  const Eigen::Matrix3d& K = view.camera.K;
  const double z = view.grid.depth[view.grid.at(x, y)];
  return z * Eigen::Vector3d((x + 0.5 - K(0, 2)) / K(0, 0), (y + 0.5 - K(1, 2)) / K(1, 1), 1);
}

// How squarely the camera looks at the surface in a cell, 0..1: the cosine between the viewing ray and the
// surface's normal.
double squareness(const DepthView& view, int x, int y) {
  const int w = view.grid.width - 1, h = view.grid.height - 1;
  const Eigen::Vector3d across =
      cell_point(view, std::min(x + 1, w), y) - cell_point(view, std::max(x - 1, 0), y);
  const Eigen::Vector3d down =
      cell_point(view, x, std::min(y + 1, h)) - cell_point(view, x, std::max(y - 1, 0));
  const Eigen::Vector3d normal = across.cross(down);
  const double length = normal.norm();
  return length > 0 ? std::abs(normal.dot(cell_point(view, x, y).normalized())) / length : 0;
}

// Depth between cells: bilinear in inverse depth on one surface, nothing (0) across a leap.
double depth_between(const DepthGrid& grid, double x, double y) {
  const double gx = std::clamp(x - 0.5, 0.0, grid.width - 1.0),
               gy = std::clamp(y - 0.5, 0.0, grid.height - 1.0);
  const int u = std::min(int(gx), std::max(grid.width - 2, 0)),
            v = std::min(int(gy), std::max(grid.height - 2, 0));
  const double fx = gx - u, fy = gy - v;
  double inverse = 0, least = 1e30, most = 0;
  for (int dv = 0; dv < 2; ++dv) {
    for (int du = 0; du < 2; ++du) {
      const double z =
          grid.depth[grid.at(std::min(u + du, grid.width - 1), std::min(v + dv, grid.height - 1))];
      if (!(z > 0) || !std::isfinite(z)) return 0;
      inverse += (du ? fx : 1 - fx) * (dv ? fy : 1 - fy) / z;
      least = std::min(least, z);
      most = std::max(most, z);
    }
  }
  return most > (1 + kLeap) * least ? 0 : 1 / inverse;
}

constexpr double kNearest = 0.4;  // metres from any camera: nobody photographs from within things

// Whether other views contradict a point of the scene: more of them look through it than see it.
bool contradicted(const std::vector<DepthView>& views, const DepthView& own, const Eigen::Vector3d& X) {
  int seen = 0, seen_through = 0;
  for (const DepthView& other : views) {
    if (&other == &own) continue;
    const auto pixel = other.camera.project(X);
    if (!pixel || pixel->x() < 1 || pixel->y() < 1 || pixel->x() >= other.grid.width - 1 ||
        pixel->y() >= other.grid.height - 1)
      continue;
    const std::size_t cell = other.grid.at(int(pixel->x()), int(pixel->y()));
    const double there = other.grid.depth[cell];
    if (!(there > 0)) continue;
    const double ratio = there / (other.camera.camera_from_world() * X).z();
    if (ratio > kSeenThrough) ++seen_through;
    if (ratio < kConfirmed && ratio > 1 / kConfirmed && other.person[cell] == 0) ++seen;
  }
  return seen_through > seen;
}

// Takes out surfaces of a few cells: connected ones without a leap in depth.
void drop_shreds(const DepthGrid& grid, std::vector<std::uint8_t>& trusted) {
  std::vector<std::uint8_t> visited(trusted.size(), 0);
  std::vector<std::size_t> surface;
  for (std::size_t first = 0; first < trusted.size(); ++first) {
    if (!trusted[first] || visited[first]) continue;
    surface.assign(1, first);
    visited[first] = 1;
    for (std::size_t i = 0; i < surface.size(); ++i) {
      const int x = int(surface[i] % grid.width), y = int(surface[i] / grid.width);
      const auto reach = [&](int u, int v) {
        if (u < 0 || v < 0 || u >= grid.width || v >= grid.height) return;
        const std::size_t next = grid.at(u, v);
        if (!trusted[next] || visited[next] ||
            std::abs(grid.depth[next] - grid.depth[surface[i]]) > kLeap * grid.depth[surface[i]])
          return;
        visited[next] = 1;
        surface.push_back(next);
      };
      reach(x - 1, y), reach(x + 1, y), reach(x, y - 1), reach(x, y + 1);
    }
    if (int(surface.size()) >= kLeastSurface) continue;
    for (const std::size_t cell : surface) trusted[cell] = 0;
  }
}

// The cells of a view that become points.
std::vector<std::uint8_t> trusted_cells(const std::vector<DepthView>& views, const DepthView& view) {
  const DepthGrid& grid = view.grid;
  std::vector<std::uint8_t> trusted(grid.depth.size(), 0);
  for (int y = 0; y < grid.height; ++y) {
    for (int x = 0; x < grid.width; ++x) {
      const std::size_t cell = grid.at(x, y);
      if (!(grid.depth[cell] > 0) || squareness(view, x, y) < kMinSquareness) continue;
      const Eigen::Vector3d X = view.camera.unproject({x + 0.5, y + 0.5}, grid.depth[cell]);
      const auto at_camera = [&](const DepthView& other) {
        return (X - other.camera.center()).norm() < kNearest;
      };
      if (std::any_of(views.begin(), views.end(), at_camera)) continue;
      trusted[cell] = view.person[cell] != 0 || !contradicted(views, view, X);
    }
  }
  drop_shreds(grid, trusted);
  return trusted;
}

}  // namespace

PointCloud point_cloud(const std::vector<DepthView>& views, int max_points,
                       const std::function<void(double)>& progress) {
  PointCloud points;
  const int per_view = std::max(1, max_points / std::max(1, int(views.size())));
  for (std::size_t i = 0; i < views.size(); ++i) {
    if (progress) progress(double(i) / double(views.size()));
    const DepthView& view = views[i];
    const Image& picture = *view.picture;
    const std::vector<std::uint8_t> trusted = trusted_cells(views, view);
    const double covered =
        double(picture.width) * picture.height * view.picture_scale * view.picture_scale;  // cells
    const double spacing = std::max(view.picture_scale, std::sqrt(covered / per_view));
    for (double y = spacing / 2; y < view.grid.height; y += spacing) {
      for (double x = spacing / 2; x < view.grid.width; x += spacing) {
        const Eigen::Vector2d pixel = (Eigen::Vector2d(x, y) - view.picture_offset) / view.picture_scale;
        const int px = int(std::floor(pixel.x())), py = int(std::floor(pixel.y()));
        if (px < 0 || py < 0 || px >= picture.width || py >= picture.height) continue;
        const int cx = int(x), cy = int(y);
        const std::size_t cell = view.grid.at(cx, cy);
        if (!trusted[cell]) continue;
        const double z = depth_between(view.grid, x, y);
        if (!(z > 0)) continue;
        const double square = squareness(view, cx, cy);
        const Eigen::Vector3d X = view.camera.unproject({x, y}, z);
        const std::uint8_t* color = picture.pixel(px, py);
        const double solid = std::min(1.0, square / kGrazing);
        points.positions.push_back(X.cast<float>());
        points.colors.push_back({color[0], color[1], color[2]});
        points.confidence.push_back(std::clamp(view.confidence[cell], 0.f, 1.f) * float(solid * solid));
        points.view.push_back(std::uint16_t(view.view));
        points.person.push_back(view.person[cell]);
      }
    }
  }
  return points;
}

}  // namespace ahap

#include "reconstruction/multiview/scene_depth.h"

#include <algorithm>
#include <cmath>

#include "reconstruction/geometry/body_raster.h"
#include "reconstruction/geometry/triangulation.h"
#include "reconstruction/multiview/depth_agreement.h"
#include "reconstruction/multiview/depth_smoothing.h"
#include "reconstruction/worker_pool.h"

namespace ahap {
namespace {

constexpr int kBodyStride = 2;             // cells between depths that bodies give
constexpr double kPersonWeight = 60;       // of all depths of one person in one view together
constexpr double kRim = 2;                 // cells around a person in which nothing is known
constexpr double kBeyondAnchors = 2.5;     // times the farthest depth that is known
constexpr double kMatchSigma = 0.002;      // of a matched point, share of the picture's longer side
constexpr double kUsefulDepthSigma = 0.1;  // relative, of a triangulated depth: counts half

using Anchors = std::vector<DepthAnchor>;

std::uint8_t label(int person) {
  return std::uint8_t(std::min(person + 1, 255));
}

// Labels the cells that show people and returns what their bodies say of depth.
Anchors label_people(DepthView& view, const BodyRaster& raster, const std::vector<PersonCells>& people) {
  Anchors anchors;
  for (const PersonCells& person : people) {
    const std::size_t first = anchors.size();
    for (int y = 0; y < view.grid.height; ++y) {
      for (int x = 0; x < view.grid.width; ++x) {
        const std::size_t cell = view.grid.at(x, y);
        if (!person.shows[cell]) continue;
        const bool on_body = raster.body[cell] == person.person;
        if (on_body || view.person[cell] == 0) view.person[cell] = label(person.person);
        if (on_body && x % kBodyStride == 0 && y % kBodyStride == 0)
          anchors.push_back({x, y, raster.depth[cell], 1});
      }
    }
    const double count = double(anchors.size() - first);
    for (std::size_t i = first; i < anchors.size(); ++i)
      anchors[i].weight = kPersonWeight / std::max(count, kPersonWeight);
  }
  return anchors;
}

// Cells on a body lie on it; cells of a person beside its body, and the rim of both, are unknown.
void settle_people(DepthView& view, const BodyRaster& raster, const std::vector<PersonCells>& people) {
  std::vector<std::uint8_t> seen(256, 0);
  for (const PersonCells& person : people) seen[label(person.person)] = 1;
  const int reach = int(std::ceil(kRim));
  const std::vector<std::uint8_t> labelled = view.person;
  const DepthGrid& grid = view.grid;
  for (int y = 0; y < grid.height; ++y) {
    for (int x = 0; x < grid.width; ++x) {
      const std::size_t cell = grid.at(x, y);
      const auto shows_person = [&](std::size_t c) {
        return labelled[c] != 0 || (raster.body[c] >= 0 && seen[label(raster.body[c])]);
      };
      bool near = false;
      for (int v = std::max(0, y - reach); v <= std::min(grid.height - 1, y + reach) && !near; ++v) {
        for (int u = std::max(0, x - reach); u <= std::min(grid.width - 1, x + reach) && !near; ++u)
          near = std::hypot(u - x, v - y) <= kRim && shows_person(grid.at(u, v));
      }
      if (!near) continue;
      const bool on_body = raster.body[cell] >= 0 && labelled[cell] == label(raster.body[cell]);
      view.grid.depth[cell] = on_body ? raster.depth[cell] : 0;
      if (!on_body) view.person[cell] = 0;
    }
  }
}

// Triangulated matches as depths of the views that took part.
void add_matches(const DepthEvidence& evidence, const std::vector<DepthView>& views,
                 std::vector<Anchors>& anchors) {
  const auto given = [&](int view) {
    return std::find_if(views.begin(), views.end(), [&](const DepthView& v) { return v.view == view; });
  };
  for (const ViewMatches& pair : evidence.matches) {
    const auto a = given(pair.view_a), b = given(pair.view_b);
    if (a == views.end() || b == views.end()) continue;
    const FitView &camera_a = evidence.cameras[pair.view_a], &camera_b = evidence.cameras[pair.view_b];
    for (const PointMatch& match : pair.matches) {
      const std::array<PointObservation, 2> seen = {
          {{camera_a.camera, undistorted(camera_a, match.pixel_a)},
           {camera_b.camera, undistorted(camera_b, match.pixel_b)}}};
      const Triangulation point = triangulate(seen, {.min_angle = 0.02, .max_residual = 0.006});
      if (!point) continue;
      const auto add = [&](const DepthView& view, const FitView& camera, const Eigen::Vector2d& pixel) {
        const Eigen::Vector2d cell = view.picture_scale * pixel + view.picture_offset;
        const int x = int(std::floor(cell.x())), y = int(std::floor(cell.y()));
        if (x < 0 || y < 0 || x >= view.grid.width || y >= view.grid.height) return;
        if (view.person[view.grid.at(x, y)] != 0) return;
        const double longer = std::max(view.picture->width, view.picture->height);
        const double sigma = kMatchSigma * longer / camera.camera.K(0, 0) / std::sin(point.max_angle);
        const double z = (camera.camera.camera_from_world() * point.point).z();
        anchors[std::size_t(&view - views.data())].push_back(
            {x, y, z, 1 / (1 + std::pow(sigma / kUsefulDepthSigma, 2))});
      };
      add(*a, camera_a, match.pixel_a);
      add(*b, camera_b, match.pixel_b);
    }
  }
}

// Depth far beyond everything that it was fitted to is a guess.
void drop_far(DepthGrid& grid, const Anchors& anchors) {
  double farthest = 0;
  for (const DepthAnchor& anchor : anchors) farthest = std::max(farthest, anchor.depth);
  if (farthest == 0) return;
  for (float& z : grid.depth) {
    if (z > kBeyondAnchors * farthest) z = 0;
  }
}

}  // namespace

void fit_depths(std::vector<DepthView>& views, const DepthEvidence& evidence, const Progress& progress) {
  std::vector<BodyRaster> rasters(views.size());
  std::vector<Anchors> anchors(views.size());
  const WorkerPool pool(progress);
  pool.run(int(views.size()), [&](int i) {
    rasters[i] = rasterize_bodies(views[i].camera, evidence.bodies, evidence.triangles);
    anchors[i] = label_people(views[i], rasters[i], evidence.people[i]);
    smooth_depth(views[i]);
  });
  add_matches(evidence, views, anchors);
  for (std::size_t i = 0; i < views.size(); ++i) correct_depth(views[i].grid, anchors[i]);
  if (evidence.floor_known) {
    for (std::size_t i = 0; i < views.size(); ++i) {
      const Anchors floor = floor_anchors(views[i].grid, views[i].camera, Eigen::Vector3d::UnitY(), 0);
      if (floor.empty()) continue;
      anchors[i].insert(anchors[i].end(), floor.begin(), floor.end());
      correct_depth(views[i].grid, anchors[i]);
    }
  }
  agree_depths(views, anchors);
  for (std::size_t i = 0; i < views.size(); ++i) {
    if (evidence.floor_known) flatten_floor(views[i].grid, views[i].camera, Eigen::Vector3d::UnitY(), 0);
    drop_far(views[i].grid, anchors[i]);
    settle_people(views[i], rasters[i], evidence.people[i]);
  }
}

}  // namespace ahap

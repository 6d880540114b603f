#include "reconstruction/stages/photo_points.h"

#include <algorithm>
#include <cmath>

#include "reconstruction/multiview/point_cloud.h"
#include "reconstruction/multiview/scene_depth.h"
#include "reconstruction/networks/eigen_conversion.h"

namespace ahap {
namespace {

constexpr float kMaskThreshold = 0.5f;

// Whether a pixel of the picture is the person's, by the landmark network's mask.
bool in_mask(const PhotoPerson& person, const Eigen::Vector2d& pixel, int width, int height) {
  const bool sideways = person.quarter_turns % 2;
  const Eigen::Vector2d upright =
      turned_back(pixel, 4 - person.quarter_turns, sideways ? height : width, sideways ? width : height);
  constexpr int size = BodyLandmarks::kMaskSize;
  const Eigen::Vector2d cell = person.landmarks.region.from_picture(upright, size);
  const int x = int(std::floor(cell.x())), y = int(std::floor(cell.y()));
  return x >= 0 && y >= 0 && x < size && y < size &&
         person.landmarks.mask[std::size_t(y) * size + x] > kMaskThreshold;
}

// A view's depth as its network has it, on the network's grid.
DepthView depth_view(const View& view, int v, const SceneEstimate& estimate, const SquarePlacement& placement,
                     const PlacedScene& scene) {
  DepthView out;
  out.view = v;
  out.picture = &view.image;
  out.picture_scale = placement.scale;
  out.picture_offset = placement.offset;
  const auto depth = estimate.depth[v].to(torch::kFloat).cpu().contiguous(),
             confidence = estimate.depth_conf[v].to(torch::kFloat).cpu().contiguous();
  DepthGrid& grid = out.grid;
  grid.width = int(depth.size(1));
  grid.height = int(depth.size(0));
  out.camera = scene.views[v].camera;
  out.camera.K = placement.K_to_input(out.camera.K);
  out.camera.width = grid.width;
  out.camera.height = grid.height;
  const float zoom = float(out.camera.K(0, 0) / matrix3(estimate.K[v])(0, 0));
  grid.depth.assign(depth.data_ptr<float>(), depth.data_ptr<float>() + depth.numel());
  for (float& z : grid.depth) z = std::isfinite(z) && z > 0 ? z * zoom : 0;
  out.confidence.assign(confidence.data_ptr<float>(), confidence.data_ptr<float>() + confidence.numel());
  out.person.assign(grid.depth.size(), 0);
  return out;
}

// The cells of a view's grid that show each of its people.
std::vector<PersonCells> people_in(const DepthView& view, const PlacedScene& scene,
                                   const std::vector<PhotoPerson>& found) {
  std::vector<PersonCells> people;
  for (std::size_t p = 0; p < scene.people.size(); ++p) {
    for (const int n : scene.people[p].observations) {
      if (found[n].observation.view != view.view) continue;
      PersonCells& person = people.emplace_back(PersonCells{int(p), {}});
      for (int y = 0; y < view.grid.height; ++y) {
        for (int x = 0; x < view.grid.width; ++x) {
          const Eigen::Vector2d pixel =
              (Eigen::Vector2d(x + 0.5, y + 0.5) - view.picture_offset) / view.picture_scale;
          person.shows.push_back(in_mask(found[n], pixel, view.picture->width, view.picture->height));
        }
      }
    }
  }
  return people;
}

void add_point(const PointCloud& from, std::size_t i, PointCloud& into) {
  into.positions.push_back(from.positions[i]);
  into.colors.push_back(from.colors[i]);
  into.confidence.push_back(from.confidence[i]);
  into.view.push_back(from.view[i]);
  into.person.push_back(from.person[i]);
}

}  // namespace

PointCloud photo_points(const PhotoEvidence& known, const PhotoState& state, const Progress& progress) {
  const std::vector<Triangle> triangles = triangles_of(known.model->body);
  std::vector<DepthView> depth_views;
  DepthEvidence evidence{.bodies = state.vertices,
                         .triangles = triangles,
                         .people = {},
                         .cameras = state.scene.views,
                         .matches = state.matches,
                         .floor_known = state.world.floor_found};
  for (std::size_t v = 0; v < known.views->size(); ++v) {
    if (!state.scene.estimated[v]) continue;
    depth_views.push_back(
        depth_view((*known.views)[v], int(v), known.depth, known.placements[v], state.scene));
    evidence.people.push_back(people_in(depth_views.back(), state.scene, known.found));
  }
  step(progress, "points", 0.2);
  fit_depths(depth_views, evidence, progress);
  PointCloud points =
      point_cloud(depth_views, known.max_points, [&](double f) { step(progress, "points", 0.5 + 0.5 * f); });
  const std::vector<int> ids = person_ids(state);
  for (std::uint8_t& person : points.person) {
    if (person > 0) person = std::uint8_t(ids[person - 1]);
  }
  return points;
}

PointCloud points_of_place(const PointCloud& points) {
  PointCloud place;
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (points.person[i] == 0) add_point(points, i, place);
  }
  return place;
}

PointCloud points_of_views(const PointCloud& points, const std::vector<bool>& left_out) {
  PointCloud kept;
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (!left_out[points.view[i]]) add_point(points, i, kept);
  }
  return kept;
}

PointCloud with_points_of_people(const PointCloud& before, const PointCloud& after,
                                 const std::vector<int>& people) {
  const auto theirs = [&](int id) { return std::binary_search(people.begin(), people.end(), id); };
  PointCloud points;
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (!theirs(before.person[i])) add_point(before, i, points);
  }
  for (std::size_t i = 0; i < after.size(); ++i) {
    if (theirs(after.person[i])) add_point(after, i, points);
  }
  return points;
}

}  // namespace ahap

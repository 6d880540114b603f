#include "reconstruction/stages/scene_points.h"

#include <algorithm>
#include <cmath>

#include "reconstruction/geometry/body_raster.h"

namespace ahap {
namespace {

constexpr double kGrazing = 0.2;  // cosine between ray and surface normal below which a depth says little
constexpr double kInFront = 0.7;  // of a body's depth: what is nearer stands before it

// How squarely the camera looks at the surface in this pixel of its depth map: the cosine between the viewing
// ray and the surface's normal. Near 0 where depth leaps from one thing to the next.
double squareness(const DepthMap& depth, const Eigen::Matrix3d& K, int x, int y) {
  const auto point = [&](int u, int v) {
    return Eigen::Vector3d(depth.depth[std::size_t(v) * depth.width + u] *
                           Eigen::Vector3d((u - K(0, 2)) / K(0, 0), (v - K(1, 2)) / K(1, 1), 1));
  };
  const Eigen::Vector3d X = point(x, y);
  const Eigen::Vector3d across = point(std::min(x + 1, depth.width - 1), y) - point(std::max(x - 1, 0), y);
  const Eigen::Vector3d down = point(x, std::min(y + 1, depth.height - 1)) - point(x, std::max(y - 1, 0));
  return std::abs(across.cross(down).normalized().dot(X.normalized()));
}

// A person in one view.
struct PersonInView {
  int row = 0;  // of the masks
  const PersonTrack* track = nullptr;
};

std::vector<PersonInView> people_in(const PointSources& sources, int view) {
  std::vector<PersonInView> people;
  for (const PersonTrack& track : sources.tracks) {
    for (const int n : track.observations) {
      const SeenPerson& person = sources.seen.people[n];
      if (person.view == view) people.push_back({person.row, &track});
    }
  }
  std::sort(people.begin(), people.end(), [](const auto& a, const auto& b) { return a.row < b.row; });
  return people;
}

// The id of the person whose instance mask is the strongest over each pixel of a view, (S, S) bytes; 0:
// nobody's.
torch::Tensor masked_ids(const torch::Tensor& masks, const std::vector<PersonInView>& people, int S) {
  auto label = torch::zeros({S, S}, torch::kByte);
  if (!masks.defined()) return label;
  auto strongest = torch::full({S, S}, 0.5f);
  for (const PersonInView& person : people) {
    const auto cells = masks[person.row];
    const auto mask = at::upsample_bilinear2d(cells.view({1, 1, cells.size(0), cells.size(1)}), {S, S}, false)
                          .view({S, S})
                          .cpu();
    label.masked_fill_(mask > strongest, person.track->id);
    strongest = torch::maximum(strongest, mask);
  }
  return label;
}

void add_points_of(const PointSources& sources, int v, int per_view, PointCloud& points) {
  const int S = sources.seen.size;
  const std::vector<PersonInView> people = people_in(sources, v);
  std::vector<std::vector<Eigen::Vector3d>> bodies;
  for (const PersonInView& person : people) bodies.push_back(person.track->vertices);
  const auto label = masked_ids(sources.masks, people, S);
  const auto label_at = label.accessor<std::uint8_t, 2>();
  const Camera& camera = sources.cameras.views[v];
  const BodyRaster raster = rasterize_bodies(camera, bodies, sources.triangles);
  const DepthMap depth = sources.seen.depth_map(v);
  const std::vector<float>& confidence = sources.seen.views[v].confidence;
  const Image& picture = sources.views[v].image;
  const SquarePlacement& placement = sources.placements[v];
  const double covered = double(picture.width) * picture.height * placement.scale * placement.scale;
  const double spacing = std::max(0.5, std::sqrt(covered / per_view));
  for (double y = spacing / 2; y < S; y += spacing) {
    for (double x = spacing / 2; x < S; x += spacing) {
      const Eigen::Vector2d original = placement.to_original({x, y});
      const int px = int(std::floor(original.x())), py = int(std::floor(original.y()));
      if (px < 0 || py < 0 || px >= picture.width || py >= picture.height) continue;
      const std::size_t cell = std::size_t(y) * S + std::size_t(x);
      double z = depth.depth[cell] * sources.scales.views[v];
      if (!(z > 0) || !std::isfinite(z)) continue;
      int who = label_at[int(y)][int(x)];
      if (raster.body[cell] >= 0 && z > kInFront * raster.depth[cell]) {
        z = raster.depth[cell];
        who = people[raster.body[cell]].track->id;
      }
      const std::uint8_t* color = picture.pixel(px, py);
      points.positions.push_back(camera.unproject({x, y}, z).cast<float>());
      points.colors.push_back({color[0], color[1], color[2]});
      const double solid = std::min(1.0, squareness(depth, camera.K, int(x), int(y)) / kGrazing);
      points.confidence.push_back(std::clamp(confidence[cell], 0.f, 1.f) * float(solid * solid));
      points.view.push_back(std::uint16_t(v));
      points.person.push_back(std::uint8_t(who));
    }
  }
}

}  // namespace

PointCloud scene_points(const PointSources& sources, const Progress& progress) {
  const std::vector<bool>& estimated = sources.cameras.estimated;
  const int usable = int(std::count(estimated.begin(), estimated.end(), true));
  const int per_view = std::max(1, sources.max_points / std::max(1, usable));
  PointCloud points;
  for (int v = 0; v < int(estimated.size()); ++v) {
    step(progress, "points", double(v) / double(estimated.size()));
    if (estimated[v]) add_points_of(sources, v, per_view, points);
  }
  return points;
}

}  // namespace ahap

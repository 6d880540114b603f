#include "reconstruction/stages/scene_points.h"

#include <algorithm>
#include <cmath>

#include "reconstruction/geometry/body_raster.h"
#include "reconstruction/networks/eigen_conversion.h"

namespace ahap {
namespace {

constexpr double kGrazing = 0.2;  // cosine between ray and surface normal below which a depth says little
constexpr double kInFront = 0.7;  // of a body's depth: what is nearer stands before it

// How squarely the camera looks at the surface in this pixel of its depth map: the cosine between the viewing
// ray and the surface's normal. Near 0 where depth leaps from one thing to the next.
double squareness(const torch::TensorAccessor<float, 2>& depth, const Eigen::Matrix3d& K, int x, int y) {
  const int width = int(depth.size(1)), height = int(depth.size(0));
  const auto point = [&](int u, int v) {
    return Eigen::Vector3d(depth[v][u] *
                           Eigen::Vector3d((u - K(0, 2)) / K(0, 0), (v - K(1, 2)) / K(1, 1), 1));
  };
  const Eigen::Vector3d X = point(x, y);
  const Eigen::Vector3d across = point(std::min(x + 1, width - 1), y) - point(std::max(x - 1, 0), y);
  const Eigen::Vector3d down = point(x, std::min(y + 1, height - 1)) - point(x, std::max(y - 1, 0));
  return std::abs(across.cross(down).normalized().dot(X.normalized()));
}

// The id of the person whose instance mask is the strongest over each pixel of a view, (S, S) bytes; 0:
// nobody's.
torch::Tensor masked_ids(const HumanEstimate& human, const std::vector<int>& detections,
                         const std::vector<int>& id, int S) {
  auto label = torch::zeros({S, S}, torch::kByte);
  if (!human.mask.defined()) return label;
  auto strongest = torch::full({S, S}, 0.5f);
  for (std::size_t i = 0; i < detections.size(); ++i) {
    const auto cells = human.mask[detections[i]];
    const auto mask = at::upsample_bilinear2d(cells.view({1, 1, cells.size(0), cells.size(1)}), {S, S}, false)
                          .view({S, S})
                          .cpu();
    label.masked_fill_(mask > strongest, id[i]);
    strongest = torch::maximum(strongest, mask);
  }
  return label;
}

}  // namespace

PointCloud scene_points(const SceneEstimate& scene, const HumanEstimate& human,
                        const std::vector<int>& person, const std::vector<int>& ids, const Bodies& bodies,
                        const Smpl& body, const CameraEstimates& cameras, const SceneScales& scales,
                        const std::vector<View>& views, const std::vector<SquarePlacement>& placements,
                        int max_points, const Progress& progress) {
  const int V = int(views.size()), S = cameras.cameras[0].width;
  const auto depth = scene.depth.to(torch::kFloat).cpu().contiguous();
  const auto confidence = scene.depth_conf.to(torch::kFloat).cpu().contiguous();
  const auto depth_at = depth.accessor<float, 3>(), confidence_at = confidence.accessor<float, 3>();
  const auto view = integers(human.view);
  const std::vector<Triangle> triangles = triangles_of(body);
  std::vector<std::vector<Eigen::Vector3d>> vertices;
  for (std::size_t p = 0; p < ids.size(); ++p) vertices.push_back(points3(bodies.vertices[p]));
  const int usable = int(std::count(cameras.estimated.begin(), cameras.estimated.end(), true));
  const int per_view = std::max(1, max_points / std::max(1, usable));
  PointCloud points;
  for (int v = 0; v < V; ++v) {
    step(progress, "points", double(v) / V);
    if (!cameras.estimated[v]) continue;
    std::vector<int> detections, id;  // of the people in this view
    std::vector<std::vector<Eigen::Vector3d>> seen;
    for (int n = 0; n < int(view.size()); ++n) {
      if (view[n] != v || person[n] < 0) continue;
      detections.push_back(n);
      id.push_back(ids[person[n]]);
      seen.push_back(vertices[person[n]]);
    }
    const auto label = masked_ids(human, detections, id, S);
    const auto label_at = label.accessor<std::uint8_t, 2>();
    const Camera& camera = cameras.cameras[v];
    const BodyRaster raster = rasterize_bodies(camera, seen, triangles);
    const Image& picture = views[v].image;
    const double covered = double(picture.width) * picture.height * placements[v].scale * placements[v].scale;
    const double spacing = std::max(0.5, std::sqrt(covered / per_view));
    for (double y = spacing / 2; y < S; y += spacing) {
      for (double x = spacing / 2; x < S; x += spacing) {
        const Eigen::Vector2d original = placements[v].to_original({x, y});
        const int px = int(std::floor(original.x())), py = int(std::floor(original.y()));
        if (px < 0 || py < 0 || px >= picture.width || py >= picture.height) continue;
        double z = depth_at[v][int(y)][int(x)] * scales.views[v];
        if (!(z > 0) || !std::isfinite(z)) continue;
        int who = label_at[int(y)][int(x)];
        const std::size_t cell = std::size_t(y) * S + std::size_t(x);
        if (raster.body[cell] >= 0 && z > kInFront * raster.depth[cell]) {
          z = raster.depth[cell];
          who = id[raster.body[cell]];
        }
        const std::uint8_t* color = picture.pixel(px, py);
        points.positions.push_back(camera.unproject({x, y}, z).cast<float>());
        points.colors.push_back({color[0], color[1], color[2]});
        const double solid = std::min(1.0, squareness(depth_at[v], camera.K, int(x), int(y)) / kGrazing);
        points.confidence.push_back(std::clamp(confidence_at[v][int(y)][int(x)], 0.f, 1.f) *
                                    float(solid * solid));
        points.view.push_back(std::uint16_t(v));
        points.person.push_back(std::uint8_t(who));
      }
    }
  }
  return points;
}

}  // namespace ahap

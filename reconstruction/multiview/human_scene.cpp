#include "reconstruction/multiview/human_scene.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace ahap {

namespace {

double median(std::vector<double>& values) {
  const auto middle = values.begin() + std::ptrdiff_t(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return 0.5 * (*middle + *std::max_element(values.begin(), middle));
}

}  // namespace

std::optional<double> median_depth(const DepthMap& map, const Eigen::Vector2d& place, int radius) {
  if (!place.allFinite()) return std::nullopt;
  const int column = int(std::floor(place.x())), row = int(std::floor(place.y()));
  std::vector<double> depths;
  for (int y = std::max(0, row - radius); y <= std::min(map.height - 1, row + radius); ++y) {
    for (int x = std::max(0, column - radius); x <= std::min(map.width - 1, column + radius); ++x) {
      const double z = map.depth[std::size_t(y) * map.width + x];
      if (std::isfinite(z) && z > 0) depths.push_back(z);
    }
  }
  if (depths.empty()) return std::nullopt;
  return median(depths);
}

SceneScale scene_scale(std::span<const DepthPair> pairs) {
  SceneScale scale;
  std::vector<double> ratios;
  for (const auto& pair : pairs) {
    const double ratio = pair.scene.value_or(0) / pair.human;
    if (pair.human > 0 && std::isfinite(ratio) && ratio > 0) ratios.push_back(ratio);
  }
  scale.used = int(ratios.size());
  if (ratios.empty()) return scale;
  scale.scene_per_metre = median(ratios);
  return scale;
}

PersonPosition person_position(std::span<const PointObservation> observations, int reference, double depth,
                               const TriangulationLimits& limits) {
  PersonPosition position;
  position.triangulation = triangulate(observations, limits);
  const bool contradiction = position.triangulation.status == TriangulationStatus::large_residual ||
                             position.triangulation.status == TriangulationStatus::behind_camera;
  if (contradiction && observations.size() >= 3) {
    for (std::size_t i = 0; i < observations.size(); ++i) {
      std::vector<PointObservation> others(observations.begin(), observations.end());
      others.erase(others.begin() + std::ptrdiff_t(i));
      const Triangulation without = triangulate(others, limits);
      const bool better = !position.triangulation || without.residual < position.triangulation.residual;
      if (!without || !better) continue;
      position.triangulation = without;
    }
  }
  position.triangulated = bool(position.triangulation);
  const auto& single = observations[reference];
  position.keypoint =
      position.triangulated ? position.triangulation.point : single.camera.unproject(single.pixel, depth);
  return position;
}

}  // namespace ahap

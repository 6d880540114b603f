#include "reconstruction/multiview/depth_agreement.h"

#include <algorithm>
#include <cmath>

namespace ahap {
namespace {

constexpr int kRounds = 4;
constexpr int kStride = 4;            // cells
constexpr double kSameSurface = 0.3;  // difference in log depth above which two views see different things
constexpr double kWeight = 0.1;       // of one cell against a known depth

// The depths that another view's surface suggests in cells of this one.
void add_suggested(const DepthView& own, const DepthView& other, std::vector<DepthAnchor>& anchors) {
  for (int y = kStride / 2; y < other.grid.height; y += kStride) {
    for (int x = kStride / 2; x < other.grid.width; x += kStride) {
      const std::size_t there = other.grid.at(x, y);
      const double z_there = other.grid.depth[there];
      if (!(z_there > 0) || other.person[there] != 0) continue;
      const Eigen::Vector3d X = other.camera.unproject({x + 0.5, y + 0.5}, z_there);
      const auto cell = own.camera.project(X);
      if (!cell || cell->x() < 0 || cell->y() < 0 || cell->x() >= own.grid.width ||
          cell->y() >= own.grid.height)
        continue;
      const std::size_t here = own.grid.at(int(cell->x()), int(cell->y()));
      const double z = own.grid.depth[here], suggested = (own.camera.camera_from_world() * X).z();
      if (!(z > 0) || own.person[here] != 0 || std::abs(std::log(suggested / z)) > kSameSurface) continue;
      anchors.push_back({int(cell->x()), int(cell->y()), std::sqrt(z * suggested), kWeight});
    }
  }
}

}  // namespace

void agree_depths(std::vector<DepthView>& views, const std::vector<std::vector<DepthAnchor>>& anchors) {
  if (views.size() < 2) return;
  for (int round = 0; round < kRounds; ++round) {
    std::vector<std::vector<DepthAnchor>> all = anchors;
    for (std::size_t i = 0; i < views.size(); ++i) {
      for (std::size_t j = 0; j < views.size(); ++j) {
        if (i != j) add_suggested(views[i], views[j], all[i]);
      }
    }
    for (std::size_t i = 0; i < views.size(); ++i) correct_depth(views[i].grid, all[i]);
  }
}

}  // namespace ahap

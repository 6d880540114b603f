#include "reconstruction/multiview/depth_correction.h"

#include <algorithm>
#include <cmath>

namespace ahap {
namespace {

// Standard deviations of a network's log depth about its line, and of the line itself: what rendered captures
// show (AbsRel 0.14) and a factor two for photographs, which the network has not seen.
constexpr double kResidualSigma = 0.15, kScaleSigma = 0.7, kContrastSigma = 0.15;
constexpr int kIterations = 15;
constexpr double kKernel =
    0.1;  // standard deviation of the smooth correction's kernel, share of the grid's side
constexpr double kKernelPrior =
    0.5;  // weight of "no correction" in it: an anchor this close and weighty halves the error
constexpr int kKernelGrid = 24;        // nodes per side at which the smooth correction is computed
constexpr double kFloorReach = 0.3;    // relative
constexpr int kFloorStride = 4;        // cells
constexpr double kFarthestFloor = 15;  // metres; beyond, a degree of tilt moves the floor by a fifth

constexpr double kOnFloor =
    0.12;  // relative: nearer than that to the floor's depth, and as level, it is the floor
constexpr double kLevel = 0.7;  // cosine between a cell's normal and up
constexpr int kSlopeReach = 3;  // cells each way over which the slope is taken: single cells are too rough

// The depth at which a cell's ray meets the plane up . X = height; not positive where it does not.
double plane_depth(const Camera& camera, const Eigen::Vector3d& up, double height, int x, int y) {
  const Eigen::Vector3d ray =
      camera.world_from_camera.linear() * (camera.K.inverse() * Eigen::Vector3d(x + 0.5, y + 0.5, 1));
  const double fall = -up.dot(ray);  // per metre of depth
  return fall < 1e-3 ? 0 : (up.dot(camera.center()) - height) / fall;
}

double robust_weight(double residual) {
  const double r = residual / kResidualSigma;
  return 1 / (1 + r * r);
}

}  // namespace

void correct_depth(DepthGrid& grid, const std::vector<DepthAnchor>& all) {
  std::vector<DepthAnchor> anchors;
  std::vector<double> predicted;
  for (const DepthAnchor& anchor : all) {
    const float z = grid.depth[grid.at(anchor.x, anchor.y)];
    if (!(z > 0) || !(anchor.depth > 0)) continue;
    anchors.push_back(anchor);
    predicted.push_back(std::log(double(z)));
  }
  if (anchors.empty()) return;
  double total = 0, mean = 0;
  for (std::size_t i = 0; i < anchors.size(); ++i)
    total += anchors[i].weight, mean += anchors[i].weight * predicted[i];
  mean /= total;

  // log z = p + a + b (p - mean), iteratively reweighted; the start is the weighted median of the scale.
  std::vector<std::pair<double, double>> ratios;
  for (std::size_t i = 0; i < anchors.size(); ++i)
    ratios.push_back({std::log(anchors[i].depth) - predicted[i], anchors[i].weight});
  std::sort(ratios.begin(), ratios.end());
  double a = 0, b = 0, passed = 0;
  for (const auto& [ratio, weight] : ratios) {
    passed += weight;
    a = ratio;
    if (passed >= 0.5 * total) break;
  }
  const auto residual = [&](std::size_t i) {
    return std::log(anchors[i].depth) - predicted[i] - a - b * (predicted[i] - mean);
  };
  for (int k = 0; k < kIterations; ++k) {
    const double s2 = kResidualSigma * kResidualSigma;
    Eigen::Matrix2d H =
        Eigen::Vector2d(1 / (kScaleSigma * kScaleSigma), 1 / (kContrastSigma * kContrastSigma)).asDiagonal();
    Eigen::Vector2d g(-a * H(0, 0), -b * H(1, 1));
    // Anchors of one person are not independent: together they count as one measurement per unit of weight.
    for (std::size_t i = 0; i < anchors.size(); ++i) {
      const double r = residual(i), w = anchors[i].weight * robust_weight(r) / s2;
      const Eigen::Vector2d J(1, predicted[i] - mean);
      H += w * J * J.transpose();
      g += w * r * J;
    }
    const Eigen::Vector2d d = H.ldlt().solve(g);
    a += d[0];
    b += d[1];
  }
  b = std::clamp(b, -0.5, 0.5);

  std::vector<double> node((kKernelGrid + 1) * (kKernelGrid + 1), 0);
  const double sigma = kKernel * std::max(grid.width, grid.height);
  for (int v = 0; v <= kKernelGrid; ++v) {
    for (int u = 0; u <= kKernelGrid; ++u) {
      const double x = double(u) * grid.width / kKernelGrid, y = double(v) * grid.height / kKernelGrid;
      double sum = 0, weight = kKernelPrior;
      for (std::size_t i = 0; i < anchors.size(); ++i) {
        const double r = residual(i),
                     d2 = std::pow(anchors[i].x + 0.5 - x, 2) + std::pow(anchors[i].y + 0.5 - y, 2);
        const double w = anchors[i].weight * robust_weight(r) * std::exp(-0.5 * d2 / (sigma * sigma));
        sum += w * r;
        weight += w;
      }
      node[v * (kKernelGrid + 1) + u] = sum / weight;
    }
  }
  for (int y = 0; y < grid.height; ++y) {
    for (int x = 0; x < grid.width; ++x) {
      float& z = grid.depth[grid.at(x, y)];
      if (!(z > 0)) continue;
      const double gx = (x + 0.5) * kKernelGrid / grid.width, gy = (y + 0.5) * kKernelGrid / grid.height;
      const int u = std::min(int(gx), kKernelGrid - 1), v = std::min(int(gy), kKernelGrid - 1);
      const double fx = gx - u, fy = gy - v;
      const auto at = [&](int du, int dv) { return node[(v + dv) * (kKernelGrid + 1) + u + du]; };
      const double smooth =
          (1 - fy) * ((1 - fx) * at(0, 0) + fx * at(1, 0)) + fy * ((1 - fx) * at(0, 1) + fx * at(1, 1));
      const double p = std::log(double(z));
      z = float(std::exp(p + a + b * (p - mean) + smooth));
    }
  }
}

void flatten_floor(DepthGrid& grid, const Camera& camera, const Eigen::Vector3d& up, double height) {
  const DepthGrid before = grid;
  const auto point = [&](int x, int y) {
    return camera.unproject({x + 0.5, y + 0.5}, before.depth[before.at(x, y)]);
  };
  for (int y = 0; y < grid.height; ++y) {
    for (int x = 0; x < grid.width; ++x) {
      const double depth = plane_depth(camera, up, height, x, y), z = before.depth[before.at(x, y)];
      if (!(depth > 0.3) || depth > kFarthestFloor || !(z > 0) || std::abs(std::log(z / depth)) > kOnFloor)
        continue;
      const int left = std::max(x - kSlopeReach, 0), right = std::min(x + kSlopeReach, grid.width - 1);
      const int top = std::max(y - kSlopeReach, 0), bottom = std::min(y + kSlopeReach, grid.height - 1);
      const Eigen::Vector3d normal =
          (point(right, y) - point(left, y)).cross(point(x, bottom) - point(x, top));
      if (std::abs(normal.dot(up)) > kLevel * normal.norm()) grid.depth[grid.at(x, y)] = float(depth);
    }
  }
}

std::vector<DepthAnchor> floor_anchors(const DepthGrid& grid, const Camera& camera, const Eigen::Vector3d& up,
                                       double height) {
  std::vector<DepthAnchor> anchors;
  for (int y = 0; y < grid.height; y += kFloorStride) {
    for (int x = 0; x < grid.width; x += kFloorStride) {
      const double depth = plane_depth(camera, up, height, x, y), z = grid.depth[grid.at(x, y)];
      if (!(depth > 0.3) || depth > kFarthestFloor || !(z > 0) || std::abs(std::log(z / depth)) > kFloorReach)
        continue;
      anchors.push_back({x, y, depth, 0.05});
    }
  }
  return anchors;
}

}  // namespace ahap

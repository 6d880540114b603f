#include "reconstruction/multiview/depth_correction.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace ahap {
namespace {

// Standard deviations of a network's log depth about its line, and of the line itself: what rendered captures
// show (AbsRel 0.14) and a factor two for photographs, which the network has not seen.
constexpr double kResidualSigma = 0.15, kScaleSigma = 0.7, kContrastSigma = 0.15;
constexpr int kIterations = 15;
// The smooth correction's kernel: standard deviations in the picture, share of the grid's side, and in log
// depth, so that what is before a wall does not move the wall.
constexpr double kKernel = 0.1, kDepthKernel = 0.3;
constexpr double kKernelPrior =
    0.5;  // weight of "no correction" in it: an anchor this close and weighty halves the error
constexpr double kNodes = 2;           // of the grid on which it is computed, per standard deviation
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

// Weighted mean of residuals under a Gaussian kernel over picture and log depth, on a grid (a bilateral grid;
// Chen, Paris and Durand, SIGGRAPH 2007).
class CorrectionGrid {
 public:
  explicit CorrectionGrid(const DepthGrid& depth)
      : spacing_(kKernel * std::max(depth.width, depth.height) / kNodes) {
    double least = 1e9, most = -1e9;
    for (const float z : depth.depth) {
      if (!(z > 0)) continue;
      least = std::min(least, std::log(double(z)));
      most = std::max(most, std::log(double(z)));
    }
    nearest_ = least;
    size_ = {int(depth.width / spacing_) + 2, int(depth.height / spacing_) + 2,
             most < least ? 1 : int((most - least) * kNodes / kDepthKernel) + 2};
    nodes_.assign(std::size_t(size_[0]) * size_[1] * size_[2], {0, 0});
  }

  void add(double x, double y, double log_depth, double residual, double weight) {
    visit(x, y, log_depth, [&](std::array<double, 2>& node, double share) {
      node[0] += share * weight * residual;
      node[1] += share * weight;
    });
  }

  void blur() {
    const int reach = int(3 * kNodes);
    for (int axis = 0; axis < 3; ++axis) {
      const std::vector<std::array<double, 2>> before = nodes_;
      const std::size_t step = axis == 0 ? 1 : axis == 1 ? size_[0] : std::size_t(size_[0]) * size_[1];
      for (std::size_t i = 0; i < nodes_.size(); ++i) {
        const int at = int(i / step % size_[axis]);
        nodes_[i] = {0, 0};
        for (int k = std::max(-reach, -at); k <= std::min(reach, size_[axis] - 1 - at); ++k) {
          const double w = std::exp(-0.5 * k * k / (kNodes * kNodes));
          const auto& other = before[i + k * std::ptrdiff_t(step)];
          nodes_[i][0] += w * other[0];
          nodes_[i][1] += w * other[1];
        }
      }
    }
  }

  double at(double x, double y, double log_depth) {
    double sum = 0, weight = kKernelPrior;
    visit(x, y, log_depth, [&](const std::array<double, 2>& node, double share) {
      sum += share * node[0];
      weight += share * node[1];
    });
    return sum / weight;
  }

 private:
  // The eight nodes around a place with their shares of it.
  template <class Function>
  void visit(double x, double y, double log_depth, Function function) {
    const std::array<double, 3> place = {x / spacing_, y / spacing_,
                                         (log_depth - nearest_) * kNodes / kDepthKernel};
    std::array<int, 3> low;
    for (int k = 0; k < 3; ++k) low[k] = std::clamp(int(place[k]), 0, std::max(size_[k] - 2, 0));
    for (int corner = 0; corner < 8; ++corner) {
      double share = 1;
      std::size_t index = 0;
      for (int k = 2; k >= 0; --k) {
        const int at = std::min(low[k] + (corner >> k & 1), size_[k] - 1);
        share *= std::max(0.0, 1 - std::abs(place[k] - at));
        index = index * size_[k] + at;
      }
      if (share > 0) function(nodes_[index], share);
    }
  }

  double spacing_, nearest_ = 0;
  std::array<int, 3> size_;
  std::vector<std::array<double, 2>> nodes_;  // sums of weighted residuals and of weights
};

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

  CorrectionGrid correction(grid);
  for (std::size_t i = 0; i < anchors.size(); ++i) {
    const double r = residual(i);
    correction.add(anchors[i].x + 0.5, anchors[i].y + 0.5, predicted[i], r,
                   anchors[i].weight * robust_weight(r));
  }
  correction.blur();
  for (int y = 0; y < grid.height; ++y) {
    for (int x = 0; x < grid.width; ++x) {
      float& z = grid.depth[grid.at(x, y)];
      if (!(z > 0)) continue;
      const double p = std::log(double(z));
      z = float(std::exp(p + a + b * (p - mean) + correction.at(x + 0.5, y + 0.5, p)));
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

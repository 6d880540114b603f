#include "reconstruction/multiview/depth_smoothing.h"

#include <Eigen/Dense>
#include <algorithm>
#include <array>
#include <cmath>

namespace ahap {
namespace {

constexpr int kReach = 10, kStride = 2;  // cells
constexpr double kDistanceSigma = 5;     // cells
constexpr double kColorSigma = 18;       // of 255, per channel
constexpr double kDepthSigma = 0.06;     // relative: a network blurs depth edges over neighbouring cells
constexpr double kLeastWeight = 3;       // of the neighbours together: fewer do not make a plane
constexpr float kSlopePrior = 1e-2f;     // of a level plane against the neighbours' slope, per squared cell

using CellColor = std::array<float, 3>;

// Mean color of what each cell covers.
std::vector<CellColor> cell_colors(const DepthView& view) {
  constexpr int kSamples = 3;  // per side
  std::vector<CellColor> colors(view.grid.depth.size());
  const Image& picture = *view.picture;
  for (int y = 0; y < view.grid.height; ++y) {
    for (int x = 0; x < view.grid.width; ++x) {
      CellColor& mean = colors[view.grid.at(x, y)];
      for (int k = 0; k < kSamples * kSamples; ++k) {
        const Eigen::Vector2d cell(x + (k % kSamples + 0.5) / kSamples, y + (k / kSamples + 0.5) / kSamples);
        const Eigen::Vector2d pixel = (cell - view.picture_offset) / view.picture_scale;
        const std::uint8_t* color = picture.pixel(std::clamp(int(pixel.x()), 0, picture.width - 1),
                                                  std::clamp(int(pixel.y()), 0, picture.height - 1));
        for (int c = 0; c < 3; ++c) mean[c] += color[c] / float(kSamples * kSamples);
      }
    }
  }
  return colors;
}

}  // namespace

void smooth_depth(DepthView& view) {
  const DepthGrid before = view.grid;
  const std::vector<CellColor> colors = cell_colors(view);
  const auto usable = [&](std::size_t cell) { return before.depth[cell] > 0 && view.person[cell] == 0; };
  struct Neighbor {
    int dx, dy;
    float distance, depth_scale;  // of exponents
  };
  std::vector<Neighbor> neighbors;
  for (int dy = -kReach; dy <= kReach; dy += kStride) {
    for (int dx = -kReach; dx <= kReach; dx += kStride) {
      const double r2 = dx * dx + dy * dy;
      // A slope may carry the depth away from the cell's own; only leaps are cut.
      const double depth_sigma = kDepthSigma * (1 + 0.25 * std::sqrt(r2));
      if (r2 > kReach * kReach) continue;
      neighbors.push_back({dx, dy, float(0.5 * r2 / (kDistanceSigma * kDistanceSigma)),
                           float(0.5 / (depth_sigma * depth_sigma))});
    }
  }
  constexpr float kColorScale = float(0.5 / (3 * kColorSigma * kColorSigma));
  for (int y = 0; y < before.height; ++y) {
    for (int x = 0; x < before.width; ++x) {
      const std::size_t cell = before.at(x, y);
      if (!usable(cell)) continue;
      const float here = before.depth[cell];
      // Sums of w, w dx, w dy, w dx dx, w dx dy, w dy dy, and of w q, w q dx, w q dy, q the relative
      // difference of inverse depth.
      float w0 = 0, wx = 0, wy = 0, wxx = 0, wxy = 0, wyy = 0, q0 = 0, qx = 0, qy = 0;
      for (const Neighbor& n : neighbors) {
        const int u = x + n.dx, v = y + n.dy;
        if (u < 0 || v < 0 || u >= before.width || v >= before.height) continue;
        const std::size_t other = before.at(u, v);
        if (!usable(other)) continue;
        const float q = here / before.depth[other] - 1;
        float exponent = n.distance + n.depth_scale * q * q;
        for (int c = 0; c < 3; ++c) {
          const float difference = colors[other][c] - colors[cell][c];
          exponent += kColorScale * difference * difference;
        }
        if (exponent > 6) continue;
        const float w = std::exp(-exponent), dx = float(n.dx), dy = float(n.dy);
        w0 += w, wx += w * dx, wy += w * dy, wxx += w * dx * dx, wxy += w * dx * dy, wyy += w * dy * dy;
        q0 += w * q, qx += w * q * dx, qy += w * q * dy;
      }
      if (w0 < kLeastWeight) continue;
      Eigen::Matrix3f H;
      H << w0, wx, wy, wx, wxx + kSlopePrior, wxy, wy, wxy, wyy + kSlopePrior;
      const float offset = H.ldlt().solve(Eigen::Vector3f(q0, qx, qy))[0];
      view.grid.depth[cell] = here / std::clamp(1 + offset, 0.8f, 1.25f);
    }
  }
}

}  // namespace ahap

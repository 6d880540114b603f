#include "reconstruction/chromm/scale_adjustment.h"

#include <Eigen/Geometry>
#include <cmath>
#include <numeric>

#include "reconstruction/median.h"

namespace ahap {
namespace {

constexpr double kShortestTrunk = 0.02;  // of the picture's side

}  // namespace

std::optional<double> length_ratio(const HeadAndPelvis& person) {
  if (!(person.head.z() > 0) || !(person.pelvis.z() > 0)) return std::nullopt;
  const double seen = (person.seen_head - person.seen_pelvis).norm();
  if (!(seen >= kShortestTrunk * person.side) || seen == 0) return std::nullopt;
  const Eigen::Vector2d projected =
      (person.K * person.head).hnormalized() - (person.K * person.pelvis).hnormalized();
  const double ratio = projected.norm() / seen;
  return std::isfinite(ratio) && ratio > 0 ? std::optional(ratio) : std::nullopt;
}

double scale_adjustment(const std::vector<double>& ratios, RatioMean rule) {
  if (ratios.empty()) return 1;
  if (rule == RatioMean::median) return median(ratios);
  return std::accumulate(ratios.begin(), ratios.end(), 0.0) / double(ratios.size());
}

}  // namespace ahap

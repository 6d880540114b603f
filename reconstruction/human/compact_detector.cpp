#include "reconstruction/human/compact_detector.h"

#include <algorithm>
#include <cmath>

#include "reconstruction/scene/compact_scene.h"

namespace ahap {
namespace {

// A mask cell belongs to a peak when its vote lands within this distance of it, metres at the person's range.
constexpr double kVoteReach = 0.6;

double metre(double log_range) { return std::exp(-(log_range + kLogDistance)); }  // fraction of the side

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + values.size() / 2, values.end());
  return values[values.size() / 2];
}

}  // namespace

std::vector<Instance> find_instances(const DetectionMaps& maps, const DetectionOptions& options) {
  const auto heat = torch::sigmoid(maps.heat.detach()).cpu().contiguous();
  const auto peak = at::max_pool2d(heat.unsqueeze(1), 5, 1, 2).squeeze(1).eq(heat).contiguous();
  const auto mask = torch::sigmoid(maps.mask.detach()).cpu().contiguous();
  const auto vote = maps.vote.detach().cpu().contiguous();
  const auto range = maps.log_range.detach().cpu().contiguous();
  const auto heat_at = heat.accessor<float, 3>();
  const auto peak_at = peak.accessor<bool, 3>();
  const auto mask_at = mask.accessor<float, 3>();
  const auto vote_at = vote.accessor<float, 4>();
  const auto range_at = range.accessor<float, 3>();
  const int V = heat.size(0), h = heat.size(1), w = heat.size(2);

  std::vector<Instance> instances;
  for (int v = 0; v < V; ++v) {
    const std::size_t first = instances.size();
    for (int y = 0; y < h; ++y) {
      for (int x = 0; x < w; ++x) {
        if (!peak_at[v][y][x] || heat_at[v][y][x] < options.threshold) continue;
        Instance instance;
        instance.view = v;
        instance.score = heat_at[v][y][x];
        instance.pelvis = {(x + 0.5) / w + kVoteUnit * vote_at[v][0][y][x],
                           (y + 0.5) / h + kVoteUnit * vote_at[v][1][y][x]};
        const Eigen::Vector2d cell((x + 0.5) / w, (y + 0.5) / h);
        if ((instance.pelvis - cell).norm() > 3.0 / w) instance.pelvis = cell;
        instance.log_range = range_at[v][y][x];
        instance.mask = torch::zeros({h, w});
        instances.push_back(instance);
      }
    }
    std::vector<std::vector<double>> ranges(instances.size() - first);
    for (int y = 0; y < h; ++y) {
      for (int x = 0; x < w; ++x) {
        if (mask_at[v][y][x] < options.mask_threshold) continue;
        const Eigen::Vector2d voted((x + 0.5) / w + kVoteUnit * vote_at[v][0][y][x],
                                    (y + 0.5) / h + kVoteUnit * vote_at[v][1][y][x]);
        int best = -1;
        double best_distance = kVoteReach;
        for (std::size_t i = first; i < instances.size(); ++i) {
          const double distance = (voted - instances[i].pelvis).norm() / metre(instances[i].log_range);
          if (distance < best_distance) {
            best_distance = distance;
            best = int(i - first);
          }
        }
        if (best < 0) continue;
        instances[first + best].mask.accessor<float, 2>()[y][x] = mask_at[v][y][x];
        ranges[best].push_back(range_at[v][y][x]);
      }
    }
    for (std::size_t i = 0; i < ranges.size(); ++i) {
      if (ranges[i].size() >= 4) instances[first + i].log_range = median(ranges[i]);
    }
  }
  return instances;
}

}  // namespace ahap

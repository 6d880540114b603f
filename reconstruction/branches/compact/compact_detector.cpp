#include "reconstruction/branches/compact/compact_detector.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <optional>

#include "reconstruction/branches/compact/compact_scene.h"
#include "reconstruction/median.h"

namespace ahap {
namespace {

// A mask cell belongs to a peak when its vote lands within this distance of it, metres at the person's range.
constexpr double kVoteReach = 0.6;

// Cells that speak of one pelvis vote for places within this distance, metres, and this difference of log
// range.
constexpr double kSamePelvis = 0.3, kSameRange = 0.15;
constexpr int kMinVotes = 9;           // for a pelvis that shows no peak
constexpr int kMaxHidden = 6;          // people without a peak, in a view
constexpr double kHiddenShare = 0.99;  // of the threshold, that they score at most

double metre(double log_range) {
  return std::exp(-(log_range + kLogDistance));
}  // fraction of the side

// A mask cell and what it says of its person.
struct Vote {
  int x, y;
  float mask;
  Eigen::Vector2d pelvis;
  double log_range;
};

// Tells which cells speak of a person there.
struct Place {
  Place(const Eigen::Vector2d& pelvis, double log_range)
      : pelvis(pelvis), log_range(log_range), reach(kSamePelvis * metre(log_range)) {}
  bool operator()(const Vote& vote) const {
    const double along = (vote.log_range - log_range) / kSameRange;
    return (vote.pelvis - pelvis).squaredNorm() / (reach * reach) + along * along < 1;
  }
  Eigen::Vector2d pelvis;
  double log_range, reach;
};

Place agreed_place(const std::vector<Vote>& votes) {
  Eigen::Vector2d pelvis = Eigen::Vector2d::Zero();
  std::vector<double> ranges;
  for (const Vote& vote : votes) {
    pelvis += vote.pelvis / double(votes.size());
    ranges.push_back(vote.log_range);
  }
  return {pelvis, median(ranges)};
}

// Heat and mask as probabilities, on the CPU.
DetectionMaps readable(const DetectionMaps& maps) {
  DetectionMaps result;
  result.heat = torch::sigmoid(maps.heat.detach()).cpu().contiguous();
  result.mask = torch::sigmoid(maps.mask.detach()).cpu().contiguous();
  result.vote = maps.vote.detach().cpu().contiguous();
  result.log_range = maps.log_range.detach().cpu().contiguous();
  return result;
}

// One view of readable maps.
class ViewMaps {
 public:
  ViewMaps(const DetectionMaps& maps, int view)
      : view_(view),
        heat_(maps.heat[view]),
        mask_(maps.mask[view]),
        vote_(maps.vote[view]),
        range_(maps.log_range[view]),
        height_(int(heat_.size(0))),
        width_(int(heat_.size(1))) {}

  std::vector<Instance> peaks(double threshold) const {
    const auto peak =
        at::max_pool2d(heat_.view({1, 1, height_, width_}), 5, 1, 2).view({height_, width_}).eq(heat_);
    const auto peak_at = peak.accessor<bool, 2>();
    const auto heat_at = heat_.accessor<float, 2>();
    std::vector<Instance> found;
    for (int y = 0; y < height_; ++y) {
      for (int x = 0; x < width_; ++x) {
        if (!peak_at[y][x] || heat_at[y][x] < threshold) continue;
        const Vote own = vote(x, y);
        const bool near = (own.pelvis - center(x, y)).norm() <= 3.0 / width_;
        found.push_back(instance(near ? own.pelvis : center(x, y), own.log_range, heat_at[y][x]));
      }
    }
    return found;
  }

  std::vector<Vote> votes(double mask_threshold) const {
    const auto mask_at = mask_.accessor<float, 2>();
    std::vector<Vote> votes;
    for (int y = 0; y < height_; ++y) {
      for (int x = 0; x < width_; ++x) {
        if (mask_at[y][x] >= mask_threshold) votes.push_back(vote(x, y));
      }
    }
    return votes;
  }

  // Those whose pelvis many cells agree on that none of `seen` explains. They score below the threshold.
  std::vector<Instance> hidden(std::vector<Vote> votes, const std::vector<Instance>& seen,
                               double threshold) const {
    for (const Instance& one : seen) std::erase_if(votes, Place(one.pelvis, one.log_range));
    std::vector<Instance> found;
    while (int(found.size()) < kMaxHidden) {
      std::ptrdiff_t most = 0;
      std::optional<Place> best;
      for (const Vote& seed : votes) {
        const Place place(seed.pelvis, seed.log_range);
        const auto agreeing = std::count_if(votes.begin(), votes.end(), place);
        if (agreeing > most) most = agreeing, best = place;
      }
      if (most < kMinVotes) break;
      std::vector<Vote> agreeing;
      std::copy_if(votes.begin(), votes.end(), std::back_inserter(agreeing), *best);
      const Place place = agreed_place(agreeing);
      Instance one = instance(place.pelvis, place.log_range,
                              std::min(heat_near(place.pelvis), kHiddenShare * threshold));
      for (const Vote& vote : agreeing) one.mask.accessor<float, 2>()[vote.y][vote.x] = vote.mask;
      std::erase_if(votes, [&](const Vote& vote) { return (*best)(vote) || place(vote); });
      found.push_back(std::move(one));
    }
    return found;
  }

 private:
  Eigen::Vector2d center(int x, int y) const { return {(x + 0.5) / width_, (y + 0.5) / height_}; }

  Vote vote(int x, int y) const {
    const auto vote_at = vote_.accessor<float, 3>();
    return {x, y, mask_.accessor<float, 2>()[y][x],
            center(x, y) + kVoteUnit * Eigen::Vector2d(vote_at[0][y][x], vote_at[1][y][x]),
            range_.accessor<float, 2>()[y][x]};
  }

  double heat_near(const Eigen::Vector2d& place) const {
    const int x = std::clamp(int(place.x() * width_), 0, width_ - 1),
              y = std::clamp(int(place.y() * height_), 0, height_ - 1);
    return heat_.accessor<float, 2>()[y][x];
  }

  Instance instance(const Eigen::Vector2d& pelvis, double log_range, double score) const {
    return {view_, score, pelvis, log_range, torch::zeros({height_, width_})};
  }

  int view_;
  torch::Tensor heat_, mask_, vote_, range_;
  int height_, width_;
};

// Each mask cell to the peak that its vote lands nearest to.
void share_cells(const std::vector<Vote>& votes, std::vector<Instance>& peaks) {
  std::vector<std::vector<double>> ranges(peaks.size());
  for (const Vote& vote : votes) {
    int best = -1;
    double best_distance = kVoteReach;
    for (std::size_t i = 0; i < peaks.size(); ++i) {
      const double distance = (vote.pelvis - peaks[i].pelvis).norm() / metre(peaks[i].log_range);
      if (distance < best_distance) {
        best_distance = distance;
        best = int(i);
      }
    }
    if (best < 0) continue;
    peaks[best].mask.accessor<float, 2>()[vote.y][vote.x] = vote.mask;
    ranges[best].push_back(vote.log_range);
  }
  for (std::size_t i = 0; i < peaks.size(); ++i) {
    if (ranges[i].size() >= 4) peaks[i].log_range = median(ranges[i]);
  }
}

}  // namespace

std::vector<Instance> find_instances(const DetectionMaps& maps, const DetectionOptions& options) {
  const DetectionMaps on_cpu = readable(maps);
  std::vector<Instance> instances;
  for (int v = 0; v < int(on_cpu.heat.size(0)); ++v) {
    const ViewMaps view(on_cpu, v);
    std::vector<Instance> peaks = view.peaks(options.threshold);
    const std::vector<Vote> votes = view.votes(options.mask_threshold);
    share_cells(votes, peaks);
    std::vector<Instance> hidden;
    if (options.hidden_people) hidden = view.hidden(votes, peaks, options.threshold);
    for (auto* found : {&peaks, &hidden}) {
      instances.insert(instances.end(), std::make_move_iterator(found->begin()),
                       std::make_move_iterator(found->end()));
    }
  }
  return instances;
}

}  // namespace ahap

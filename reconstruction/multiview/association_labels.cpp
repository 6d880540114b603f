#include "reconstruction/multiview/association_labels.h"

#include <algorithm>
#include <tuple>

namespace ahap {
namespace {

// Chosen on real captures: mean distances of right links are below 0.1, and similarities of one person about
// 0.9.
constexpr double kMaxDistance = 0.15, kSimilarityWeight = 0.5, kUsualSimilarity = 0.75;
constexpr double kUnseenSigma =
    0.1;  // of a joint that the network places without seeing it, share of the person's size
constexpr double kBoxDistance =
    0.3;  // that boxes without overlap count as; half overlapping ones are the limit of a link
constexpr double kFar = 9, kMaxJointDistance = 0.6, kMinDepth = 0.2;

class Labeler {
 public:
  Labeler(const NormalizedCapture& capture, const Eigen::MatrixXd& similarity, const Tracks& tracks,
          const std::vector<bool>& placed, const BundleState& state)
      : capture_(capture), similarity_(similarity), placed_(placed), state_(state), groups_(tracks) {
    labelled_.assign(capture.people.size(), false);
    for (const auto& track : tracks) {
      for (int i : track) labelled_[i] = true;
    }
  }

  Tracks run() {
    while (merge_fragments()) {
    }
    add_single_observations();
    Tracks result;
    for (auto& group : groups_) {
      if (!group.empty()) result.push_back(std::move(group));
    }
    for (int i = 0; i < int(labelled_.size()); ++i) {
      if (!labelled_[i] && capture_.people[i].usable()) result.push_back({i});
    }
    return result;
  }

 private:
  double distance(int i, std::size_t group) const {
    const NormalizedPerson& person = capture_.people[i];
    if (!placed_[person.view]) return kFar;
    const BodyPoints& body = state_.people[group];
    const ViewParameters& view = state_.views[person.view];
    // Joints of a half hidden person may all be wrong; the box tells then.
    const NormalizedView& picture = capture_.views[person.view];
    const double apart =
        kBoxDistance * (1 - projection_overlap(person, body, view, 0.5 * picture.size / picture.longer_side));
    return std::min(projection_distance(person, body, view), apart);
  }

  bool share_a_view(const std::vector<int>& a, const std::vector<int>& b) const {
    return std::any_of(a.begin(), a.end(), [&](int i) {
      return std::any_of(b.begin(), b.end(),
                         [&](int j) { return capture_.people[i].view == capture_.people[j].view; });
    });
  }

  // How badly the observations of `from` fit the person `to`.
  double misfit(const std::vector<int>& from, std::size_t to) const {
    double far = 0, similar = 0;
    for (int i : from) {
      far += distance(i, to);
      for (int j : groups_[to]) similar += similarity_(i, j);
    }
    const double n = double(from.size());
    return far / n - kSimilarityWeight * (similar / (n * double(groups_[to].size())) - kUsualSimilarity);
  }

  // A person of few views joins the one of more views that it fits best.
  bool merge_fragments() {
    double best = kMaxDistance;
    std::size_t from = 0, to = 0;
    for (std::size_t a = 0; a < groups_.size(); ++a) {
      for (std::size_t b = 0; b < groups_.size(); ++b) {
        if (a == b || groups_[a].empty() || groups_[a].size() > groups_[b].size() ||
            share_a_view(groups_[a], groups_[b]))
          continue;
        const double cost = misfit(groups_[a], b);
        if (cost < best) std::tie(best, from, to) = std::tuple(cost, a, b);
      }
    }
    if (from == to) return false;
    groups_[to].insert(groups_[to].end(), groups_[from].begin(), groups_[from].end());
    groups_[from].clear();
    return true;
  }

  void add_single_observations() {
    std::vector<std::tuple<double, int, std::size_t>> links;
    for (int i = 0; i < int(labelled_.size()); ++i) {
      if (labelled_[i] || !capture_.people[i].usable()) continue;
      for (std::size_t p = 0; p < groups_.size(); ++p) {
        if (!groups_[p].empty() && !share_a_view({i}, groups_[p])) links.emplace_back(misfit({i}, p), i, p);
      }
    }
    std::sort(links.begin(), links.end());
    for (const auto& [cost, i, p] : links) {
      if (cost >= kMaxDistance || labelled_[i] || share_a_view({i}, groups_[p])) continue;
      groups_[p].push_back(i);
      labelled_[i] = true;
    }
  }

  const NormalizedCapture& capture_;
  const Eigen::MatrixXd& similarity_;
  const std::vector<bool>& placed_;
  const BundleState& state_;
  Tracks groups_;
  std::vector<bool> labelled_;
};

}  // namespace

double projection_overlap(const NormalizedPerson& person, const BodyPoints& body, const ViewParameters& view,
                          const Eigen::Vector2d& half_size) {
  Eigen::Array2d low(1e9, 1e9), high(-1e9, -1e9);
  for (int k = 0; k < kCocoPoints; ++k) {
    const Eigen::Vector3d X = view.to_camera(body[k]);
    if (X.z() < kMinDepth) return 0;
    low = low.min(view.project(X).array());
    high = high.max(view.project(X).array());
  }
  low = low.max(-half_size.array());
  high = high.min(half_size.array());
  if ((high <= low).any()) return 0;
  const Eigen::Array2d shared =
      (high.min(person.box_high.array()) - low.max(person.box_low.array())).max(0.0);
  const double both = shared.prod(),
               all = (high - low).prod() + (person.box_high - person.box_low).prod() - both;
  return all > 0 ? both / all : 0;
}

double projection_distance(const NormalizedPerson& person, const BodyPoints& body,
                           const ViewParameters& view) {
  double sum = 0, weight = 0;
  std::array<double, kCocoPoints> depth;
  for (int k = 0; k < kCocoPoints; ++k) {
    const Eigen::Vector3d X = view.to_camera(body[k]);
    depth[k] = X.z();
    if (!person.located[k]) continue;
    const double w = person.sigma[k] > 0 ? person.size / person.sigma[k] : 1 / kUnseenSigma;
    sum += w * std::min((view.project(X) - person.x[k]).norm() / person.size, kMaxJointDistance);
    weight += w;
  }
  std::nth_element(depth.begin(), depth.begin() + kCocoPoints / 2, depth.end());
  return weight > 0 && depth[kCocoPoints / 2] > kMinDepth ? sum / weight : kFar;
}

Tracks label_remaining(const NormalizedCapture& capture, const Eigen::MatrixXd& similarity,
                       const Tracks& tracks, const std::vector<bool>& placed, const BundleState& state) {
  return Labeler(capture, similarity, tracks, placed, state).run();
}

}  // namespace ahap

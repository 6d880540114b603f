#include "reconstruction/motion/track_association.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>

#include "reconstruction/multiview/appearance.h"
#include "reconstruction/multiview/association_result.h"

namespace ahap {
namespace {

constexpr int kFramesOfPair = 8;                           // that two tracklets share, looked at
constexpr int kFewFrames = 4;                              // below it a pair's gain counts less
constexpr int kLooksOfTracklet = 5;                        // observations whose looks stand for a tracklet's
constexpr double kFastest = 4;                             // m/s: of somebody who was lost and found again
constexpr double kPlaceSlack = 0.5;                        // m
constexpr double kLongestLost = 1.5;                       // s: after it the place says nothing
constexpr double kAgainstLooks = 0.45, kSameLooks = 0.75;  // of somebody who went on, who came back

std::vector<ViewParameters> parameters_of(const std::vector<ViewObservation>& views,
                                          const std::vector<AssociatedView>& cameras) {
  JointAssociation association;
  association.views = cameras;
  return hypothesis_of(normalize(views, {}), association).state.views;
}

// Evenly chosen items.
template <class Item>
std::vector<Item> some_of(const std::vector<Item>& items, int most) {
  if (int(items.size()) <= most) return items;
  std::vector<Item> chosen;
  for (int i = 0; i < most; ++i)
    chosen.push_back(items[(2 * std::size_t(i) + 1) * items.size() / (2 * std::size_t(most))]);
  return chosen;
}

// Tracklets as they join to people.
struct Group {
  std::vector<int> tracklets;
  std::set<std::pair<int, int>> shown;  // (frame, view)
  int first = 0, last = 0;              // frames
};

class TrackletGroups {
 public:
  TrackletGroups(const TrackedFrames& frames, const std::vector<ViewObservation>& views,
                 const std::vector<AssociatedView>& cameras, const AssociationOptions& options,
                 const Progress& progress)
      : frames_(frames),
        views_(views),
        cameras_(cameras),
        options_(options),
        progress_(progress),
        parameters_(parameters_of(views, cameras)),
        tracklets_(tracklets_of(frames)) {}

  TrackIdentities run() {
    begin();
    rate_pairs();
    join_across_views();
    join_over_time();
    return result();
  }

 private:
  const PersonObservation& observation(const Sighting& s) const { return frames_[s.frame].people[s.person]; }

  void begin() {
    for (int t = 0; t < int(tracklets_.size()); ++t) {
      const ViewTracklet& tracklet = tracklets_[t];
      if (tracklet.seen.empty()) continue;
      Group& group = groups_.emplace_back();
      group.tracklets = {t};
      for (const Sighting& s : tracklet.seen) group.shown.emplace(s.frame, tracklet.view);
      group.first = tracklet.seen.front().frame;
      group.last = tracklet.seen.back().frame;
      std::vector<Appearance>& looks = looks_[t];
      std::vector<Sighting> with_looks;
      std::copy_if(tracklet.seen.begin(), tracklet.seen.end(), std::back_inserter(with_looks),
                   [&](const Sighting& s) {
                     const auto& parts = observation(s).appearance.parts;
                     return std::any_of(parts.begin(), parts.end(), [](const auto& p) { return !p.empty(); });
                   });
      for (const Sighting& s : some_of(with_looks, kLooksOfTracklet))
        looks.push_back(observation(s).appearance);
    }
  }

  double looks_alike(int a, int b) const {
    double sum = 0;
    int count = 0;
    for (const Appearance& of_a : looks_.at(a)) {
      for (const Appearance& of_b : looks_.at(b)) sum += appearance_similarity(of_a, of_b), ++count;
    }
    return count ? sum / count : 0.5;
  }

  // What an adjustment of these observations of one person costs, cameras held; also its points.
  double explain(const std::vector<PersonObservation>& people, BodyPoints* points = nullptr) const {
    const NormalizedCapture capture = normalize(views_, people);
    std::vector<int> track;
    for (int i = 0; i < int(people.size()); ++i) {
      if (capture.people[i].usable()) track.push_back(i);
    }
    if (track.empty()) return 0;
    PeopleBundle bundle(capture, {track}, options_.bundle);
    bundle.fix_cameras(true);
    BundleState state;
    state.views = parameters_;
    state.people = {body_as_seen(capture.people[track[0]], parameters_[people[track[0]].view])};
    const BundleSummary summary = bundle.solve(state, {{2, 10}, {1, 20}});
    if (points) *points = state.people[0];
    return summary.cost - summary.image_cost + summary.capped_image_cost;
  }

  double cost_alone(const Sighting& s) {
    const auto [found, is_new] = alone_.try_emplace({s.frame, s.person}, 0);
    if (is_new) found->second = explain({observation(s)});
    return found->second;
  }

  double gain_in(const Sighting& a, const Sighting& b) {
    const PersonObservation &first = observation(a), &second = observation(b);
    const int points = std::min(count_observed(first), count_observed(second));
    return options_.unexplained_cost * points - (explain({first, second}) - cost_alone(a) - cost_alone(b));
  }

  void rate_pairs() {
    for (int a = 0; a < int(tracklets_.size()); ++a) {
      step(progress_, "tracks", double(a) / double(tracklets_.size()));
      for (int b = 0; b < a; ++b) rate_pair(a, b);
    }
  }

  void rate_pair(int a, int b) {
    const ViewTracklet &first = tracklets_[a], &second = tracklets_[b];
    if (first.seen.empty() || second.seen.empty() || first.view == second.view) return;
    if (!cameras_[first.view].estimated || !cameras_[second.view].estimated) return;
    std::vector<std::pair<Sighting, Sighting>> common;
    auto j = second.seen.begin();
    for (const Sighting& s : first.seen) {
      while (j != second.seen.end() && j->frame < s.frame) ++j;
      if (j != second.seen.end() && j->frame == s.frame) common.emplace_back(s, *j);
    }
    if (common.empty()) return;
    const auto looked_at = some_of(common, kFramesOfPair);
    double sum = 0;
    for (const auto& [s, t] : looked_at) sum += gain_in(s, t);
    const double looks = options_.appearance_weight * (looks_alike(a, b) - options_.neutral_similarity);
    const double weight = std::min(1.0, double(common.size()) / kFewFrames);
    gains_[{b, a}] = {weight * (sum / double(looked_at.size()) + looks), int(common.size())};
  }

  // Mean gain of two groups, by the number of common frames; nothing: they never share a frame or they
  // cannot be one person.
  std::optional<double> gain(const Group& a, const Group& b) const {
    if (conflict(a, b)) return {};
    double sum = 0, weights = 0;
    for (const int s : a.tracklets) {
      for (const int t : b.tracklets) {
        const auto known = gains_.find({std::min(s, t), std::max(s, t)});
        if (known == gains_.end()) continue;
        sum += known->second.first * known->second.second;
        weights += known->second.second;
      }
    }
    if (weights == 0) return {};
    return sum / weights;
  }

  static bool conflict(const Group& a, const Group& b) {
    const auto& [fewer, more] = a.shown.size() < b.shown.size() ? std::tie(a, b) : std::tie(b, a);
    return std::any_of(fewer.shown.begin(), fewer.shown.end(),
                       [&more = more](const auto& where) { return more.shown.contains(where); });
  }

  void join(int into, int from) {
    Group &a = groups_[into], &b = groups_[from];
    a.tracklets.insert(a.tracklets.end(), b.tracklets.begin(), b.tracklets.end());
    a.shown.merge(b.shown);
    a.first = std::min(a.first, b.first);
    a.last = std::max(a.last, b.last);
    groups_.erase(groups_.begin() + from);
  }

  void join_across_views() {
    for (;;) {
      double most = 0;
      int best_a = -1, best_b = -1;
      for (int a = 0; a < int(groups_.size()); ++a) {
        for (int b = 0; b < a; ++b) {
          const auto g = gain(groups_[a], groups_[b]);
          if (g && *g > most) most = *g, best_a = a, best_b = b;
        }
      }
      if (best_a < 0) return;
      total_gain_ += most;
      join(best_b, best_a);
    }
  }

  // The middle of the hips in a frame, world; nothing where no view with a pose shows the group.
  std::optional<Eigen::Vector3d> place(const Group& group, int frame) const {
    std::vector<PersonObservation> people;
    for (const int t : group.tracklets) {
      const ViewTracklet& tracklet = tracklets_[t];
      if (!cameras_[tracklet.view].estimated) continue;
      for (const Sighting& s : tracklet.seen) {
        if (s.frame == frame) people.push_back(observation(s));
      }
    }
    if (people.empty()) return {};
    BodyPoints points{};
    explain(people, &points);
    return 0.5 * (points[kLeftHip] + points[kRightHip]);
  }

  double looks_alike(const Group& a, const Group& b) const {
    double sum = 0;
    for (const int s : a.tracklets) {
      for (const int t : b.tracklets) sum += looks_alike(s, t);
    }
    return sum / double(a.tracklets.size() * b.tracklets.size());
  }

  // How unlikely it is that somebody went on as `b` after `a`, 0..1; nothing: impossible.
  std::optional<double> distance_over_time(const Group& a, const Group& b) const {
    if (a.last >= b.first || conflict(a, b)) return {};
    const double lost = frames_[b.first].time - frames_[a.last].time, looks = looks_alike(a, b);
    if (lost > kLongestLost) return looks >= kSameLooks ? std::optional(1 - looks + 1) : std::nullopt;
    const auto left = place(a, a.last), came = place(b, b.first);
    const double farthest = kPlaceSlack + kFastest * lost;
    if (!left || !came || looks < kAgainstLooks || (*left - *came).norm() > farthest) return {};
    return (*left - *came).norm() / farthest;
  }

  void join_over_time() {
    for (;;) {
      step(progress_, "tracks", 1);
      double least = std::numeric_limits<double>::infinity();
      int best_a = -1, best_b = -1;
      for (int a = 0; a < int(groups_.size()); ++a) {
        for (int b = 0; b < int(groups_.size()); ++b) {
          if (a == b) continue;
          const auto d = distance_over_time(groups_[a], groups_[b]);
          if (d && *d < least) least = *d, best_a = a, best_b = b;
        }
      }
      if (best_a < 0) return;
      join(std::min(best_a, best_b), std::max(best_a, best_b));
    }
  }

  TrackIdentities result() {
    std::stable_sort(groups_.begin(), groups_.end(),
                     [](const Group& a, const Group& b) { return a.shown.size() > b.shown.size(); });
    TrackIdentities result;
    result.identity.assign(tracklets_.size(), -1);
    for (const Group& group : groups_) {
      for (const int t : group.tracklets) result.identity[t] = result.identities;
      ++result.identities;
    }
    result.gain = total_gain_;
    return result;
  }

  const TrackedFrames& frames_;
  const std::vector<ViewObservation>& views_;
  const std::vector<AssociatedView>& cameras_;
  const AssociationOptions& options_;
  const Progress& progress_;
  std::vector<ViewParameters> parameters_;
  std::vector<ViewTracklet> tracklets_;
  std::vector<Group> groups_;
  std::map<int, std::vector<Appearance>> looks_;                 // of each tracklet
  std::map<std::pair<int, int>, double> alone_;                  // (frame, person) -> cost
  std::map<std::pair<int, int>, std::pair<double, int>> gains_;  // tracklets -> gain, common frames
  double total_gain_ = 0;
};

}  // namespace

TrackIdentities identify_tracklets(const TrackedFrames& frames, const std::vector<ViewObservation>& views,
                                   const std::vector<AssociatedView>& cameras,
                                   const AssociationOptions& options, const Progress& progress) {
  return TrackletGroups(frames, views, cameras, options, progress).run();
}

}  // namespace ahap

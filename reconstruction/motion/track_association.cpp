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
                 const Progress& progress, const CameraWays& ways)
      : frames_(frames),
        views_(views),
        cameras_(cameras),
        options_(options),
        progress_(progress),
        ways_(ways),
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
  const PersonObservation& observation(const ObservationIndex& s) const {
    return frames_[s.frame].people[s.person];
  }

  void begin() {
    for (int t = 0; t < int(tracklets_.size()); ++t) {
      const ViewTracklet& tracklet = tracklets_[t];
      if (tracklet.seen.empty()) continue;
      Group& group = groups_.emplace_back();
      group.tracklets = {t};
      for (const ObservationIndex& s : tracklet.seen) group.shown.emplace(s.frame, tracklet.view);
      group.first = tracklet.seen.front().frame;
      group.last = tracklet.seen.back().frame;
      std::vector<Appearance>& looks = looks_[t];
      std::vector<ObservationIndex> with_looks;
      std::copy_if(tracklet.seen.begin(), tracklet.seen.end(), std::back_inserter(with_looks),
                   [&](const ObservationIndex& s) {
                     const auto& parts = observation(s).appearance.parts;
                     return std::any_of(parts.begin(), parts.end(), [](const auto& p) { return !p.empty(); });
                   });
      for (const ObservationIndex& s : some_of(with_looks, kLooksOfTracklet))
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

  // Of all views in one frame.
  std::vector<ViewParameters> parameters_in(int frame) const {
    std::vector<ViewParameters> parameters = parameters_;
    for (int v = 0; v < int(parameters.size()); ++v) {
      if (!moves(ways_, v)) continue;
      const Eigen::Isometry3d camera_from_way = pose_on_way(ways_, v, frame).inverse();
      ViewParameters& view = parameters[std::size_t(v)];
      view.t = camera_from_way * view.t;
      view.R = camera_from_way.linear() * view.R;
    }
    return parameters;
  }

  // What an adjustment of these observations of one person in a frame costs, cameras held; also its points.
  double explain(int frame, const std::vector<PersonObservation>& people,
                 BodyPoints* points = nullptr) const {
    const NormalizedCapture capture = normalize(views_, people);
    std::vector<int> track;
    for (int i = 0; i < int(people.size()); ++i) {
      if (capture.people[i].usable()) track.push_back(i);
    }
    if (track.empty()) return 0;
    PeopleBundle bundle(capture, {track}, options_.bundle);
    bundle.fix_cameras(true);
    BundleState state;
    state.views = parameters_in(frame);
    state.people = {body_as_seen(capture.people[track[0]], state.views[people[track[0]].view])};
    const BundleSummary summary = bundle.solve(state, {{2, 10}, {1, 20}});
    if (points) *points = state.people[0];
    return summary.cost - summary.image_cost + summary.capped_image_cost;
  }

  double cost_alone(const ObservationIndex& s) {
    const auto [found, is_new] = alone_.try_emplace({s.frame, s.person}, 0);
    if (is_new) found->second = explain(s.frame, {observation(s)});
    return found->second;
  }

  double gain_in(const ObservationIndex& a, const ObservationIndex& b) {
    const PersonObservation &first = observation(a), &second = observation(b);
    const int points = std::min(count_observed(first), count_observed(second));
    return options_.unexplained_cost * points -
           (explain(a.frame, {first, second}) - cost_alone(a) - cost_alone(b));
  }

  // Of tracklets that are there at the same time.
  void rate_pairs() {
    std::vector<int> by_begin;
    for (int t = 0; t < int(tracklets_.size()); ++t) {
      if (!tracklets_[t].seen.empty()) by_begin.push_back(t);
    }
    const auto begin_of = [this](int t) { return tracklets_[t].seen.front().frame; };
    std::stable_sort(by_begin.begin(), by_begin.end(),
                     [&](int a, int b) { return begin_of(a) < begin_of(b); });
    std::vector<int> going_on;
    for (std::size_t i = 0; i < by_begin.size(); ++i) {
      const int t = by_begin[i];
      step(progress_, "tracks", double(i) / double(by_begin.size()));
      std::erase_if(going_on, [&](int other) { return tracklets_[other].seen.back().frame < begin_of(t); });
      for (const int other : going_on) rate_pair(std::max(t, other), std::min(t, other));
      going_on.push_back(t);
    }
  }

  void rate_pair(int a, int b) {
    const ViewTracklet &first = tracklets_[a], &second = tracklets_[b];
    if (first.seen.empty() || second.seen.empty() || first.view == second.view) return;
    if (!cameras_[first.view].estimated || !cameras_[second.view].estimated) return;
    std::vector<std::pair<ObservationIndex, ObservationIndex>> common;
    auto j = second.seen.begin();
    for (const ObservationIndex& s : first.seen) {
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
    b = {};
  }

  // What the rated pairs between two groups gain, together.
  struct Link {
    double sum = 0, weights = 0;  // weights: common frames

    double mean() const { return sum / weights; }
  };
  using Links = std::vector<std::map<int, Link>>;  // of each group, to others; both ways

  Links links_of_pairs() const {
    std::map<int, int> group_of;  // by tracklet
    for (int g = 0; g < int(groups_.size()); ++g) group_of[groups_[g].tracklets[0]] = g;
    Links links(groups_.size());
    for (const auto& [pair, rated] : gains_) {
      const int a = group_of.at(pair.first), b = group_of.at(pair.second);
      links[a][b] = links[b][a] = {rated.first * rated.second, double(rated.second)};
    }
    return links;
  }

  static void merge_links(Links& links, int into, int from) {
    for (const auto& [other, link] : links[from]) {
      links[other].erase(from);
      if (other == into) continue;
      Link& sum = links[into][other];
      sum.sum += link.sum;
      sum.weights += link.weights;
      links[other][into] = sum;
    }
    links[from].clear();
  }

  // By the largest mean gain. Groups that cannot be one person now never can.
  void join_across_views() {
    Links links = links_of_pairs();
    for (;;) {
      step(progress_, "tracks", 1);
      double most = 0;
      int best_a = -1, best_b = -1;
      for (int a = 0; a < int(links.size()); ++a) {
        for (auto link = links[a].begin(); link != links[a].end() && link->first < a;) {
          const int b = link->first;
          const double mean = link->second.mean();
          ++link;
          if (mean <= most) continue;
          if (conflict(groups_[a], groups_[b])) {
            links[a].erase(b);
            links[b].erase(a);
            continue;
          }
          most = mean, best_a = a, best_b = b;
        }
      }
      if (best_a < 0) return;
      total_gain_ += most;
      join(best_b, best_a);
      merge_links(links, best_b, best_a);
    }
  }

  // The middle of the hips in a frame, world; nothing where no view with a pose shows the group.
  std::optional<Eigen::Vector3d> place(const Group& group, int frame) const {
    std::vector<PersonObservation> people;
    for (const int t : group.tracklets) {
      const ViewTracklet& tracklet = tracklets_[t];
      if (!cameras_[tracklet.view].estimated) continue;
      for (const ObservationIndex& s : tracklet.seen) {
        if (s.frame == frame) people.push_back(observation(s));
      }
    }
    if (people.empty()) return {};
    BodyPoints points{};
    explain(frame, people, &points);
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

  // The nearest first.
  void join_over_time() {
    const int count = int(groups_.size());
    std::map<std::pair<int, int>, double> distances;  // from a group to one that may go on as it
    const auto measure = [&](int a, int b) {
      if (a == b || groups_[a].tracklets.empty() || groups_[b].tracklets.empty()) return;
      if (const auto distance = distance_over_time(groups_[a], groups_[b])) distances[{a, b}] = *distance;
    };
    for (int a = 0; a < count; ++a) {
      step(progress_, "tracks", 1);
      for (int b = 0; b < count; ++b) measure(a, b);
    }
    while (!distances.empty()) {
      step(progress_, "tracks", 1);
      const auto nearest = std::min_element(distances.begin(), distances.end(),
                                            [](const auto& x, const auto& y) { return x.second < y.second; });
      const int into = std::min(nearest->first.first, nearest->first.second),
                from = std::max(nearest->first.first, nearest->first.second);
      join(into, from);
      const auto changes = [into, from](const auto& item) {
        const auto& [a, b] = item.first;
        return a == into || b == into || a == from || b == from;
      };
      std::erase_if(distances, changes);
      for (int other = 0; other < count; ++other) {
        measure(into, other);
        measure(other, into);
      }
    }
  }

  TrackIdentities result() {
    std::erase_if(groups_, [](const Group& group) { return group.tracklets.empty(); });
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
  const CameraWays& ways_;
  std::vector<ViewParameters> parameters_;
  std::vector<ViewTracklet> tracklets_;
  std::vector<Group> groups_;                                    // without tracklets: joined to another
  std::map<int, std::vector<Appearance>> looks_;                 // of each tracklet
  std::map<std::pair<int, int>, double> alone_;                  // (frame, person) -> cost
  std::map<std::pair<int, int>, std::pair<double, int>> gains_;  // tracklets -> gain, common frames
  double total_gain_ = 0;
};

}  // namespace

TrackIdentities identify_tracklets(const TrackedFrames& frames, const std::vector<ViewObservation>& views,
                                   const std::vector<AssociatedView>& cameras,
                                   const AssociationOptions& options, const Progress& progress,
                                   const CameraWays& ways) {
  return TrackletGroups(frames, views, cameras, options, progress, ways).run();
}

}  // namespace ahap

#include "reconstruction/chromm/view_association.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <set>

#include "reconstruction/geometry/assignment.h"

namespace ahap {
namespace {

class Groups {
 public:
  explicit Groups(std::size_t size) : parent_(size) { std::iota(parent_.begin(), parent_.end(), 0); }
  int root(int a) const {
    while (parent_[std::size_t(a)] != a) a = parent_[std::size_t(a)];
    return a;
  }
  void join(int a, int b) { parent_[std::size_t(root(b))] = root(a); }
  bool same(int a, int b) const { return root(a) == root(b); }

 private:
  std::vector<int> parent_;
};

struct TrackMatch {
  int a = 0, b = 0;  // indices of tracks
  double cost = 0;   // metres
};

int shared_frames(const Tracklet& a, const Tracklet& b) {
  return int(std::count_if(a.frames.begin(), a.frames.end(),
                           [&](const auto& item) { return b.frames.contains(item.first); }));
}

std::vector<int> tracks_of_view(std::span<const Tracklet> tracks, int view) {
  std::vector<int> found;
  for (int i = 0; i < int(tracks.size()); ++i)
    if (tracks[std::size_t(i)].view == view) found.push_back(i);
  return found;
}

std::vector<TrackMatch> assigned_pairs(std::span<const Tracklet> tracks, const std::vector<int>& rows,
                                       const std::vector<int>& columns, int least_shared, double max_cost) {
  Eigen::MatrixXd cost(rows.size(), columns.size());
  for (Eigen::Index i = 0; i < cost.rows(); ++i) {
    for (Eigen::Index j = 0; j < cost.cols(); ++j) {
      const Tracklet &a = tracks[std::size_t(rows[std::size_t(i)])],
                     &b = tracks[std::size_t(columns[std::size_t(j)])];
      cost(i, j) = shared_frames(a, b) >= least_shared ? association_cost(a, b)
                                                       : std::numeric_limits<double>::infinity();
    }
  }
  const std::vector<int> assigned = assign(cost);
  std::vector<TrackMatch> matches;
  for (Eigen::Index i = 0; i < cost.rows(); ++i) {
    const int j = assigned[std::size_t(i)];
    if (j >= 0 && cost(i, j) < max_cost)
      matches.push_back({rows[std::size_t(i)], columns[std::size_t(j)], cost(i, j)});
  }
  return matches;
}

// A person whose track is broken in one view and whole in the other has a match for each of its parts: tracks
// that are left alone are assigned once more, to all of the other view.
std::vector<TrackMatch> matches_of(std::span<const Tracklet> tracks, std::pair<int, int> views,
                                   int least_shared, double max_cost) {
  const std::vector<int> rows = tracks_of_view(tracks, views.first),
                         columns = tracks_of_view(tracks, views.second);
  std::vector<TrackMatch> matches;
  std::set<int> matched;
  const auto alone = [&](std::vector<int> some) {
    std::erase_if(some, [&](int track) { return matched.contains(track); });
    return some;
  };
  const auto add = [&](const std::vector<int>& of_first, const std::vector<int>& of_second) {
    const auto found = assigned_pairs(tracks, of_first, of_second, least_shared, max_cost);
    for (const TrackMatch& match : found) matched.insert({match.a, match.b});
    matches.insert(matches.end(), found.begin(), found.end());
    return !found.empty();
  };
  add(rows, columns);
  while (add(alone(rows), columns)) continue;
  while (add(rows, alone(columns))) continue;
  return matches;
}

// Whether the groups of a and b show somebody twice in one picture.
bool contradict(std::span<const Tracklet> tracks, const Groups& groups, int a, int b) {
  for (int i = 0; i < int(tracks.size()); ++i) {
    if (!groups.same(i, a)) continue;
    for (int j = 0; j < int(tracks.size()); ++j) {
      const Tracklet &one = tracks[std::size_t(i)], &other = tracks[std::size_t(j)];
      if (groups.same(j, b) && one.view == other.view && shared_frames(one, other) > 0) return true;
    }
  }
  return false;
}

}  // namespace

std::vector<std::pair<int, int>> connected_view_pairs(std::span<const Eigen::Vector3d> camera_centers,
                                                      int k) {
  std::vector<std::pair<int, int>> pairs = nearest_view_pairs(camera_centers, k), others;
  Groups groups(camera_centers.size());
  for (const auto& [a, b] : pairs) groups.join(a, b);
  for (int b = 0; b < int(camera_centers.size()); ++b)
    for (int a = 0; a < b; ++a) others.emplace_back(a, b);
  const auto length = [&](const std::pair<int, int>& pair) {
    return (camera_centers[std::size_t(pair.first)] - camera_centers[std::size_t(pair.second)]).norm();
  };
  std::stable_sort(others.begin(), others.end(),
                   [&](const auto& one, const auto& other) { return length(one) < length(other); });
  for (const auto& [a, b] : others) {
    if (groups.same(a, b)) continue;
    groups.join(a, b);
    pairs.emplace_back(a, b);
  }
  return pairs;
}

std::vector<int> associate_tracks(std::span<const Tracklet> tracks,
                                  std::span<const Eigen::Vector3d> camera_centers, int frames,
                                  const ViewAssociationOptions& options) {
  std::vector<TrackMatch> matches;
  for (const auto& views : connected_view_pairs(camera_centers, options.neighbours)) {
    const auto found =
        matches_of(tracks, views, std::min(options.least_shared_frames, frames), options.max_cost);
    matches.insert(matches.end(), found.begin(), found.end());
  }
  std::stable_sort(matches.begin(), matches.end(),
                   [](const TrackMatch& a, const TrackMatch& b) { return a.cost < b.cost; });
  Groups groups(tracks.size());
  for (const TrackMatch& match : matches)
    if (!groups.same(match.a, match.b) && !contradict(tracks, groups, match.a, match.b))
      groups.join(match.a, match.b);
  std::vector<int> person(tracks.size(), -1), of_root(tracks.size(), -1);
  int next = 0;
  for (int i = 0; i < int(tracks.size()); ++i) {
    int& number = of_root[std::size_t(groups.root(i))];
    if (number < 0) number = next++;
    person[std::size_t(i)] = number;
  }
  return person;
}

}  // namespace ahap

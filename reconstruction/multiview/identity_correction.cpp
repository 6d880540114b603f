#include "reconstruction/multiview/identity_correction.h"

#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>

#include "reconstruction/doubt.h"
#include "reconstruction/multiview/association_result.h"

namespace ahap {
namespace {

// The observations of each label, sorted.
Tracks grouped(const NormalizedCapture& capture, const std::vector<int>& labels) {
  if (labels.size() != capture.people.size())
    throw std::invalid_argument("one label is needed for each observation");
  std::map<int, std::vector<int>> groups;
  std::set<std::pair<int, int>> seen;
  for (int i = 0; i < int(labels.size()); ++i) {
    if (labels[i] < 0) continue;
    if (!seen.emplace(labels[i], capture.people[i].view).second)
      throw std::invalid_argument("a person can be only once in a picture");
    groups[labels[i]].push_back(i);
  }
  Tracks tracks;
  for (auto& [label, track] : groups) tracks.push_back(std::move(track));
  return tracks;
}

// What takes part in an adjustment: of people who stay as they were the same as before, of others everything
// usable; two observations at least.
Tracks adjusted_part(const NormalizedCapture& capture, const JointAssociation& before, const Tracks& people) {
  Tracks tracks;
  for (std::vector<int> track : people) {
    const bool untouched =
        std::any_of(before.people.begin(), before.people.end(),
                    [&](const AssociatedPerson& person) { return person.observations == track; });
    std::erase_if(track,
                  [&](int i) { return untouched ? !before.adjusted[i] : !capture.people[i].usable(); });
    if (track.size() > 1) tracks.push_back(std::move(track));
  }
  std::sort(tracks.begin(), tracks.end());
  return tracks;
}

// Keeps the tracks of the largest group of views that people tie to each other.
Tracks connected_part(const NormalizedCapture& capture, const Tracks& tracks) {
  std::vector<int> group(capture.views.size());
  for (std::size_t v = 0; v < group.size(); ++v) group[v] = int(v);
  for (const auto& track : tracks) {
    const int into = group[capture.people[track[0]].view];
    for (const int i : track)
      std::replace(group.begin(), group.end(), int(group[capture.people[i].view]), into);
  }
  std::map<int, int> observations;
  for (const auto& track : tracks) observations[group[capture.people[track[0]].view]] += int(track.size());
  const auto largest = std::max_element(observations.begin(), observations.end(),
                                        [](const auto& a, const auto& b) { return a.second < b.second; });
  Tracks kept;
  for (const auto& track : tracks) {
    if (group[capture.people[track[0]].view] == largest->first) kept.push_back(track);
  }
  return kept;
}

std::vector<bool> views_of(const NormalizedCapture& capture, const Tracks& tracks) {
  std::vector<bool> views(capture.views.size(), false);
  for (const auto& track : tracks) {
    for (const int i : track) views[capture.people[i].view] = true;
  }
  return views;
}

// Bodies as the first view of each track suggests them, to start from.
BundleState start_with(const NormalizedCapture& capture, const std::vector<ViewParameters>& views,
                       const Tracks& tracks) {
  BundleState state;
  state.views = views;
  for (const auto& track : tracks) {
    const NormalizedPerson& first = capture.people[track[0]];
    state.people.push_back(body_as_seen(first, views[first.view]));
  }
  return state;
}

struct Explanation {
  BundleState state;
  double cost = 0;
};

Explanation with_cameras_held(const NormalizedCapture& capture, const std::vector<ViewParameters>& views,
                              const Tracks& tracks, const BundleOptions& options) {
  PeopleBundle bundle(capture, tracks, options);
  bundle.fix_cameras(true);
  Explanation held{start_with(capture, views, tracks), 0};
  held.cost = bundle.solve(held.state, {{2, 10}, {1, 20}}).capped_image_cost;
  return held;
}

// By how much cameras that are free to move explain the tracks better than cameras held.
double gain_of_moving(const NormalizedCapture& capture, const Explanation& held, const Tracks& tracks,
                      const BundleOptions& options) {
  BundleState state = held.state;
  return held.cost - PeopleBundle(capture, tracks, options).solve(state, {{1, 40}}).capped_image_cost;
}

// The same cameras, as far as they may move, adjusted to people in views with a pose.
Hypothesis adjusted_from(const NormalizedCapture& capture, Hypothesis h, const BundleOptions& options) {
  for (auto& track : h.tracks)
    std::erase_if(track, [&](int i) { return !h.placed[std::size_t(capture.people[i].view)]; });
  std::erase_if(h.tracks, [](const auto& track) { return track.size() < 2; });
  h.state = start_with(capture, h.state.views, h.tracks);
  if (!h.tracks.empty())
    h.cost = PeopleBundle(capture, h.tracks, options)
                 .solve(h.state, {{4, 10}, {2, 10}, {1, 40}})
                 .capped_image_cost;
  return h;
}

}  // namespace

CorrectedAssociation correct_identities(const std::vector<ViewObservation>& views,
                                        const std::vector<PersonObservation>& people,
                                        const JointAssociation& before, const std::vector<int>& labels,
                                        const AssociationOptions& options, const Progress& progress) {
  const NormalizedCapture capture = normalize(views, people);
  const Tracks everybody = grouped(capture, labels);
  const Tracks tracks = adjusted_part(capture, before, everybody);
  CorrectedAssociation corrected{before, true};
  JointAssociation& result = corrected.association;
  result.runner_up.clear();
  result.margin = 0;
  step(progress, "association", 0);

  Hypothesis now = hypothesis_of(capture, before);
  Tracks old_tracks = now.tracks;
  std::sort(old_tracks.begin(), old_tracks.end());
  if (tracks != old_tracks) {
    const std::vector<bool> needed = views_of(capture, tracks);
    for (std::size_t v = 0; v < needed.size(); ++v)
      corrected.cameras_kept = corrected.cameras_kept && (!needed[v] || now.placed[v]);
    if (corrected.cameras_kept && !tracks.empty()) {
      const Explanation held = with_cameras_held(capture, now.state.views, tracks, options.bundle);
      const Explanation was = with_cameras_held(capture, now.state.views, old_tracks, options.bundle);
      const double gain = gain_of_moving(capture, held, tracks, options.bundle);
      const double usual = gain_of_moving(capture, was, old_tracks, options.bundle);
      corrected.cameras_kept = gain - usual < kDoubtfulMargin;
      now.state.people = held.state.people;
    }
    now.tracks = tracks;
  }
  step(progress, "association", 0.3);
  if (corrected.cameras_kept || tracks.empty()) {
    describe_people(capture, now, everybody, options, result);
    return corrected;
  }
  Hypothesis anew;
  if (capture.known_poses() > 1) {
    anew = adjusted_from(capture, std::move(now), options.bundle);
  } else {
    anew.tracks = connected_part(capture, tracks);
    anew.placed = views_of(capture, anew.tracks);
    MultiStartResult solved = solve_from_hypotheses(capture, anew.tracks, options.bundle, {});
    anew.state = std::move(solved.state);
    anew.cost = solved.summary.capped_image_cost;
  }
  result.cost = anew.cost;
  result.mirrored_view = -1;
  describe(views, capture, {std::move(anew), {}}, everybody, options, result);
  step(progress, "association", 1);
  return corrected;
}

}  // namespace ahap

#include "reconstruction/multiview/joint_association.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "reconstruction/multiview/appearance.h"
#include "reconstruction/multiview/association_labels.h"
#include "reconstruction/multiview/association_search.h"
#include "reconstruction/multiview/camera_confidence.h"

namespace ahap {
namespace {

Eigen::MatrixXd appearance_similarities(const std::vector<PersonObservation>& people) {
  const int n = int(people.size());
  Eigen::MatrixXd S(n, n);
  for (int i = 0; i < n; ++i) {
    for (int j = 0; j <= i; ++j) S(i, j) = S(j, i) = i == j ? 1 : appearance_similarity(people[i].appearance, people[j].appearance);
  }
  return S;
}

std::vector<int> persons(const Tracks& tracks, std::size_t observations) {
  std::vector<int> person(observations, -1);
  for (int p = 0; p < int(tracks.size()); ++p) {
    for (int i : tracks[p]) person[i] = p;
  }
  return person;
}

void sort_people(Tracks& tracks) {
  for (auto& track : tracks) std::sort(track.begin(), track.end());
  std::stable_sort(tracks.begin(), tracks.end(), [](const auto& a, const auto& b) {
    return a.size() != b.size() ? a.size() > b.size() : a[0] < b[0];
  });
}

// The cameras of a hypothesis once more, also from starts that owe nothing to the search.
void improve_by_other_starts(const NormalizedCapture& capture, const AssociationOptions& options, double link_cost, Hypothesis& h) {
  constexpr double kBetter = 0.5;
  PeopleBundle bundle(capture, h.tracks, options.bundle);
  BundleSummary summary = bundle.solve(h.state, {{2, 10}, {1, 60}});
  MultiStartResult other = solve_from_hypotheses(capture, h.tracks, options.bundle, {});
  if (other.summary.cost < summary.cost - kBetter) {
    h.state = std::move(other.state);
    summary = other.summary;
  }
  h.cost = link_cost + summary.cost - summary.image_cost + summary.capped_image_cost;
}

// Keeps estimated views' observations; people of fewer than two of them are left out.
Hypothesis restricted_to(const NormalizedCapture& capture, const Hypothesis& h, const std::vector<bool>& estimated) {
  Hypothesis kept;
  kept.placed = estimated;
  kept.state.views = h.state.views;
  for (std::size_t p = 0; p < h.tracks.size(); ++p) {
    std::vector<int> track = h.tracks[p];
    std::erase_if(track, [&](int i) { return !estimated[capture.people[i].view]; });
    if (track.size() < 2) continue;
    kept.tracks.push_back(std::move(track));
    kept.state.people.push_back(h.state.people[p]);
  }
  return kept;
}

// World: the camera axes of the first estimated view.
void anchor(Hypothesis& h) {
  const auto first = std::find(h.placed.begin(), h.placed.end(), true);
  if (first == h.placed.end()) return;
  const ViewParameters origin = h.state.views[std::size_t(first - h.placed.begin())];
  for (auto& view : h.state.views) {
    view.R = view.R * origin.R.transpose();
    view.t = view.t - view.R * origin.t;
  }
  for (auto& body : h.state.people) {
    for (auto& X : body) X = origin.to_camera(X);
  }
}

AssociatedView associated_view(const ViewObservation& view, const ViewParameters& parameters, bool estimated) {
  AssociatedView result;
  const double f = parameters.focal() * std::max(view.width, view.height);
  result.camera.K << f, 0, view.width / 2.0, 0, f, view.height / 2.0, 0, 0, 1;
  result.camera.width = view.width;
  result.camera.height = view.height;
  result.estimated = estimated;
  if (!estimated) return result;
  result.k1 = parameters.k1;
  result.camera.world_from_camera.linear() = parameters.R.transpose();
  result.camera.world_from_camera.translation() = -(parameters.R.transpose() * parameters.t);
  return result;
}

// Points of everybody from the estimated views that show them, cameras held.
void triangulate_people(const NormalizedCapture& capture, const Hypothesis& h, const BundleOptions& options, JointAssociation& result) {
  for (AssociatedPerson& person : result.people) {
    std::vector<int> seen;
    for (int i : person.observations) {
      if (h.placed[capture.people[i].view] && (result.adjusted[i] || person.observations.size() == 1)) seen.push_back(i);
    }
    if (seen.empty()) {
      person.points.fill(Eigen::Vector3d::Zero());
      continue;
    }
    PeopleBundle bundle(capture, {seen}, options);
    bundle.fix_cameras(true);
    BundleState state;
    state.views = h.state.views;
    const NormalizedPerson& first = capture.people[seen[0]];
    const ViewParameters& view = h.state.views[first.view];
    const PlacedBody placed = place_body(first, view.focal());
    BodyPoints body;
    for (int k = 0; k < kBodyPoints; ++k) body[k] = view.to_world(placed.body[k] + placed.position);
    for (std::size_t p = 0; p < h.tracks.size(); ++p) {
      if (std::find(h.tracks[p].begin(), h.tracks[p].end(), seen[0]) != h.tracks[p].end()) body = h.state.people[p];
    }
    state.people = {body};
    bundle.solve(state, {{2, 8}, {1, 15}});
    person.points = state.people[0];
    const auto sigma = bundle.point_sigmas(state)[0];
    for (int k = 0; k < kBodyPoints; ++k) {
      const bool observed = std::any_of(seen.begin(), seen.end(), [&](int i) { return capture.people[i].sigma[k] > 0; });
      person.sigma[k] = observed ? sigma[k] : 0;
    }
  }
}

}  // namespace

JointAssociation associate_and_calibrate(const std::vector<ViewObservation>& views, const std::vector<PersonObservation>& people,
                                         const AssociationOptions& options, const Progress& progress) {
  const NormalizedCapture capture = normalize(views, people);
  const Eigen::MatrixXd similarity = appearance_similarities(people);
  AssociationSearch search(capture, similarity, options, progress);
  std::vector<Hypothesis> found = search.run();
  JointAssociation result;
  Hypothesis best;
  best.placed.assign(views.size(), false);
  best.state.views.resize(views.size());
  for (std::size_t v = 0; v < views.size(); ++v) best.state.views[v].log_focal = std::log(capture.focal_or(int(v), kMeanFocal));
  Tracks labels = label_remaining(capture, similarity, {}, best.placed, best.state);
  std::vector<double> sigma(views.size(), std::numbers::pi);
  result.adjusted.assign(people.size(), false);
  if (!found.empty()) {
    for (std::size_t k = 0; k < std::min<std::size_t>(found.size(), 2); ++k) {
      step(progress, "association", 0.9 + 0.05 * double(k));
      improve_by_other_starts(capture, options, search.link_cost(found[k].tracks), found[k]);
    }
    if (found.size() > 1) {
      if (found[1].cost < found[0].cost) std::swap(found[0], found[1]);
      result.margin = found[1].cost - found[0].cost;
      Tracks other = label_remaining(capture, similarity, found[1].tracks, found[1].placed, found[1].state);
      sort_people(other);
      result.runner_up = persons(other, people.size());
    }
    best = found[0];
    result.cost = best.cost;
    labels = label_remaining(capture, similarity, best.tracks, best.placed, best.state);
    sigma = rotation_sigmas(capture, best.tracks, best.state, options.bundle, options.max_rotation_sigma);
    std::vector<bool> sure(views.size());
    for (std::size_t v = 0; v < views.size(); ++v) sure[v] = sigma[v] <= options.max_rotation_sigma;
    if (sure != best.placed) {
      best = restricted_to(capture, best, sure);
      if (!best.tracks.empty()) PeopleBundle(capture, best.tracks, options.bundle).solve(best.state, {{2, 10}, {1, 40}});
    }
    for (const auto& track : best.tracks) {
      for (int i : track) result.adjusted[i] = true;
    }
    anchor(best);
  }
  sort_people(labels);
  result.person_of_observation = persons(labels, people.size());
  for (auto& track : labels) result.people.push_back({std::move(track), {}, {}});
  for (std::size_t v = 0; v < views.size(); ++v) {
    result.views.push_back(associated_view(views[v], best.state.views[v], best.placed[v]));
    result.views.back().rotation_sigma = sigma[v];
  }
  triangulate_people(capture, best, options.bundle, result);
  step(progress, "association", 1);
  return result;
}

}  // namespace ahap

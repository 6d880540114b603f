#include "reconstruction/multiview/association_result.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "reconstruction/median.h"
#include "reconstruction/multiview/camera_confidence.h"
#include "reconstruction/multiview/known_cameras.h"

namespace ahap {
namespace {

// Keeps estimated views' observations; people of fewer than two of them are left out.
Hypothesis restricted_to(const NormalizedCapture& capture, const Hypothesis& h,
                         const std::vector<bool>& estimated) {
  Hypothesis kept;
  kept.state.background = h.state.background;
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
  for (auto& X : h.state.background) X = origin.to_camera(X);
}

AssociatedView associated_view(const ViewObservation& view, const ViewParameters& parameters,
                               bool estimated) {
  AssociatedView result;
  const double f = parameters.focal() * std::max(view.width, view.height);
  result.camera.K << f, 0, view.width / 2.0, 0, f, view.height / 2.0, 0, 0, 1;
  if (view.K) {
    result.camera.K = *view.K;
    if (!view.keeps_K) result.camera.K.topLeftCorner<2, 2>() *= f / mean_focal_length(*view.K);
  }
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
void triangulate_people(const NormalizedCapture& capture, const Hypothesis& h, const BundleOptions& options,
                        JointAssociation& result) {
  for (AssociatedPerson& person : result.people) {
    std::vector<int> seen;
    for (int i : person.observations) {
      if (h.placed[capture.people[i].view] && (result.adjusted[i] || person.observations.size() == 1))
        seen.push_back(i);
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
    BodyPoints body = body_as_seen(first, h.state.views[first.view]);
    for (std::size_t p = 0; p < h.tracks.size(); ++p) {
      if (std::find(h.tracks[p].begin(), h.tracks[p].end(), seen[0]) != h.tracks[p].end())
        body = h.state.people[p];
    }
    state.people = {body};
    bundle.solve(state, {{2, 8}, {1, 15}});
    person.points = state.people[0];
    const auto sigma = bundle.point_sigmas(state)[0];
    for (int k = 0; k < kBodyPoints; ++k) {
      const bool observed =
          std::any_of(seen.begin(), seen.end(), [&](int i) { return capture.people[i].sigma[k] > 0; });
      person.sigma[k] = observed ? sigma[k] : 0;
    }
  }
}

// A view that a single person ties to the others, far more loosely than they are tied to each other, may as
// well show somebody else, somewhere else.
constexpr double kLooseSigma = 4.5 * std::numbers::pi / 180;  // radians
constexpr double kLooseRatio = 1.5;                           // over the median of the others
constexpr double kLooseRatioOf3 = 2;  // of three views, which tie each other more loosely
// Chosen on real captures: of 92 pictures of other captures that were put among them, 29 had a pose without
// this rule and 2 have one with it; no view of the captures themselves loses its own.

std::vector<bool> sure_views(const NormalizedCapture& capture, const Hypothesis& h,
                             const std::vector<double>& sigma, double largest) {
  std::vector<int> people(sigma.size(), 0);
  for (const auto& track : h.tracks) {
    for (int i : track) ++people[capture.people[i].view];
  }
  std::vector<bool> sure(sigma.size());
  for (std::size_t v = 0; v < sigma.size(); ++v) sure[v] = sigma[v] <= largest;
  const auto count = std::count(sure.begin(), sure.end(), true);
  if (count < 3) return sure;
  const double ratio = count == 3 ? kLooseRatioOf3 : kLooseRatio;
  std::vector<bool> kept = sure;
  for (std::size_t v = 0; v < sigma.size(); ++v) {
    if (!sure[v] || people[v] > 1 || sigma[v] < kLooseSigma) continue;
    std::vector<double> others;
    for (std::size_t w = 0; w < sigma.size(); ++w) {
      if (w != v && sure[w]) others.push_back(sigma[w]);
    }
    kept[v] = sigma[v] < ratio * median(others);
  }
  return kept;
}

}  // namespace

std::vector<int> person_of_observations(Tracks& labels, std::size_t observations) {
  for (auto& track : labels) std::sort(track.begin(), track.end());
  std::stable_sort(labels.begin(), labels.end(), [](const auto& a, const auto& b) {
    return a.size() != b.size() ? a.size() > b.size() : a[0] < b[0];
  });
  std::vector<int> person(observations, -1);
  for (int p = 0; p < int(labels.size()); ++p) {
    for (int i : labels[p]) person[i] = p;
  }
  return person;
}

BodyPoints body_as_seen(const NormalizedPerson& person, const ViewParameters& view) {
  const PlacedBody placed = place_body(person, view.focal());
  BodyPoints body;
  for (int k = 0; k < kBodyPoints; ++k) body[k] = view.to_world(placed.body[k] + placed.position);
  return body;
}

Hypothesis hypothesis_of(const NormalizedCapture& capture, const JointAssociation& association) {
  Hypothesis h;
  for (std::size_t v = 0; v < association.views.size(); ++v) {
    const AssociatedView& view = association.views[v];
    const Eigen::Isometry3d pose = view.camera.camera_from_world();
    h.state.views.push_back({pose.linear(), pose.translation(),
                             std::log(view.camera.K(0, 0) / capture.views[v].unit.x()), view.k1});
    h.placed.push_back(view.estimated);
  }
  for (const AssociatedPerson& person : association.people) {
    std::vector<int> track = person.observations;
    std::erase_if(track, [&](int i) { return !association.adjusted[i]; });
    if (track.size() < 2) continue;
    h.tracks.push_back(std::move(track));
    h.state.people.push_back(person.points);
  }
  return h;
}

void describe(const std::vector<ViewObservation>& views, const NormalizedCapture& capture,
              Calibration calibration, Tracks labels, const AssociationOptions& options,
              JointAssociation& result) {
  Hypothesis& h = calibration.hypothesis;
  std::vector<double> sigma(views.size(), std::numbers::pi);
  if (!h.tracks.empty()) {
    PeopleBundle bundle(capture, h.tracks, options.bundle);
    bundle.set_background(calibration.background);
    sigma = rotation_sigmas(bundle, h.state, options.max_rotation_sigma);
    std::vector<bool> sure = sure_views(capture, h, sigma, options.max_rotation_sigma);
    if (capture.known_poses() > 1) {
      for (std::size_t v = 0; v < sure.size(); ++v)
        sure[v] = sure[v] || capture.views[v].camera_from_world.has_value();
    }
    if (sure != h.placed) {
      h = restricted_to(capture, h, sure);
      if (!h.tracks.empty()) {
        PeopleBundle rest(capture, h.tracks, options.bundle);
        rest.set_background(calibration.background);
        rest.solve(h.state, {{2, 10}, {1, 40}});
      }
    }
  }
  result.given_world = has_known_world(capture, h);
  if (result.given_world)
    move_to_known_world(capture, h);
  else
    anchor(h);
  result.views.clear();
  for (std::size_t v = 0; v < views.size(); ++v) {
    result.views.push_back(associated_view(views[v], h.state.views[v], h.placed[v]));
    const bool believed = h.placed[v] && capture.views[v].camera_from_world &&
                          (capture.views[v].keeps_pose || sigma[v] > options.max_rotation_sigma);
    result.views.back().rotation_sigma = believed ? 0 : sigma[v];
  }
  describe_people(capture, h, std::move(labels), options, result);
}

void describe_people(const NormalizedCapture& capture, const Hypothesis& h, Tracks labels,
                     const AssociationOptions& options, JointAssociation& result) {
  result.adjusted.assign(capture.people.size(), false);
  for (const auto& track : h.tracks) {
    for (int i : track) result.adjusted[i] = true;
  }
  result.person_of_observation = person_of_observations(labels, capture.people.size());
  result.people.clear();
  for (auto& track : labels) result.people.push_back({std::move(track), {}, {}});
  triangulate_people(capture, h, options.bundle, result);
}

}  // namespace ahap

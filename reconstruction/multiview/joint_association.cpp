#include "reconstruction/multiview/joint_association.h"

#include <algorithm>
#include <cmath>

#include "reconstruction/multiview/appearance.h"
#include "reconstruction/multiview/association_labels.h"
#include "reconstruction/multiview/association_result.h"
#include "reconstruction/multiview/association_search.h"

namespace ahap {
namespace {

Eigen::MatrixXd appearance_similarities(const std::vector<PersonObservation>& people) {
  const int n = int(people.size());
  Eigen::MatrixXd S(n, n);
  for (int i = 0; i < n; ++i) {
    for (int j = 0; j <= i; ++j)
      S(i, j) = S(j, i) = i == j ? 1 : appearance_similarity(people[i].appearance, people[j].appearance);
  }
  return S;
}

// The cameras of a hypothesis once more, also from starts that owe nothing to the search.
void improve_by_other_starts(const NormalizedCapture& capture, const AssociationOptions& options,
                             double link_cost, Hypothesis& h) {
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

}  // namespace

JointAssociation associate_and_calibrate(const std::vector<ViewObservation>& views,
                                         const std::vector<PersonObservation>& people,
                                         const AssociationOptions& options, const Progress& progress) {
  const NormalizedCapture capture = normalize(views, people);
  const Eigen::MatrixXd similarity = appearance_similarities(people);
  AssociationSearch search(capture, similarity, options, progress);
  std::vector<Hypothesis> found = search.run();
  JointAssociation result;
  Calibration best;
  Hypothesis& h = best.hypothesis;
  h.placed.assign(views.size(), false);
  h.state.views.resize(views.size());
  for (std::size_t v = 0; v < views.size(); ++v)
    h.state.views[v].log_focal = std::log(capture.focal_or(int(v), kMeanFocal));
  for (std::size_t k = 0; k < std::min<std::size_t>(found.size(), 2); ++k) {
    step(progress, "association", 0.9 + 0.05 * double(k));
    improve_by_other_starts(capture, options, search.link_cost(found[k].tracks), found[k]);
  }
  if (found.size() > 1) {
    if (found[1].cost < found[0].cost) std::swap(found[0], found[1]);
    result.margin = found[1].cost - found[0].cost;
    Tracks other = label_remaining(capture, similarity, found[1].tracks, found[1].placed, found[1].state);
    result.runner_up = person_of_observations(other, people.size());
  }
  if (!found.empty()) h = found[0];
  result.cost = h.cost;
  Tracks labels = label_remaining(capture, similarity, h.tracks, h.placed, h.state);
  describe(views, capture, std::move(best), std::move(labels), options, result);
  step(progress, "association", 1);
  return result;
}

}  // namespace ahap

#include "reconstruction/multiview/joint_association.h"

#include <algorithm>
#include <cmath>

#include "reconstruction/multiview/appearance.h"
#include "reconstruction/multiview/association_labels.h"
#include "reconstruction/multiview/association_result.h"
#include "reconstruction/multiview/association_search.h"
#include "reconstruction/multiview/known_cameras.h"

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
                             double merge_cost, Hypothesis& h) {
  constexpr double kBetter = 0.5;
  if (h.tracks.empty()) return;
  PeopleBundle bundle(capture, h.tracks, options.bundle);
  BundleSummary summary = bundle.solve(h.state, {{2, 10}, {1, 60}});
  if (capture.known_poses() < 2) {
    MultiStartResult other = solve_from_hypotheses(capture, h.tracks, options.bundle, {});
    if (other.summary.cost < summary.cost - kBetter) {
      h.state = std::move(other.state);
      summary = other.summary;
    }
  }
  h.cost = merge_cost + summary.cost - summary.image_cost + summary.capped_image_cost;
}

// The view whose mirror image agrees with the others far better than the view itself does; -1: none. Two
// views cannot tell which of them is mirrored.
int find_mirrored_view(const NormalizedCapture& capture, const Eigen::MatrixXd& similarity,
                       const AssociationOptions& options, const Hypothesis& h, const Progress& progress) {
  // Real captures of three to five views: no view's mirror image lowers the cost; that of a view that is
  // mirrored lowers it by 6 to 190, in 29 of 31 views by more than this.
  double best = h.cost - 8;
  int found = -1;
  const int placed = int(std::count(h.placed.begin(), h.placed.end(), true));
  for (int v = 0; v < int(h.placed.size()); ++v) {
    if (placed - int(h.placed[v]) < 2 || (capture.known_poses() > 1 && capture.views[v].camera_from_world))
      continue;
    const NormalizedCapture other = mirrored(capture, v);
    const AssociationSearch search(other, similarity, options, progress);
    const auto anew = search.with_view_anew(h, v);
    if (!anew || anew->cost >= best) continue;
    best = anew->cost;
    found = v;
  }
  return found;
}

// An explanation of the views but one.
void leave_out(const NormalizedCapture& capture, const AssociationSearch& search,
               const AssociationOptions& options, int view, Hypothesis& h) {
  auto without = search.without_view(h, view);
  if (!without) return;
  h = std::move(*without);
  improve_by_other_starts(capture, options, search.merge_cost(h.tracks), h);
}

// While people are sought, known poses stay where they are.
NormalizedCapture with_poses_kept(NormalizedCapture capture) {
  for (NormalizedView& view : capture.views) view.keeps_pose = view.camera_from_world.has_value();
  return capture;
}

}  // namespace

int estimated_views(const JointAssociation& association) {
  return int(std::count_if(association.views.begin(), association.views.end(),
                           [](const AssociatedView& view) { return view.estimated; }));
}

JointAssociation associate_and_calibrate(const std::vector<ViewObservation>& views,
                                         const std::vector<PersonObservation>& people,
                                         const AssociationOptions& options, const Progress& progress) {
  const NormalizedCapture capture = normalize(views, people);
  const Eigen::MatrixXd similarity = appearance_similarities(people);
  const NormalizedCapture searched = with_poses_kept(capture);
  AssociationSearch search(searched, similarity, options, progress);
  std::vector<Hypothesis> found = search.run();
  JointAssociation result;
  Calibration best;
  Hypothesis& h = best.hypothesis;
  for (const NormalizedView& view : capture.views) h.placed.push_back(view.camera_from_world.has_value());
  h.state.views = known_parameters(capture);
  for (std::size_t k = 0; k < std::min<std::size_t>(found.size(), 2); ++k) {
    step(progress, "association", 0.9 + 0.05 * double(k));
    improve_by_other_starts(capture, options, search.merge_cost(found[k].tracks), found[k]);
  }
  if (found.size() > 1) {
    if (found[1].cost < found[0].cost) std::swap(found[0], found[1]);
    result.margin = found[1].cost - found[0].cost;
    Tracks other = label_remaining(capture, similarity, found[1].tracks, found[1].placed, found[1].state);
    result.runner_up = person_of_observations(other, people.size());
  }
  if (!found.empty()) {
    h = found[0];
    result.mirrored_view = find_mirrored_view(capture, similarity, options, h, progress);
    if (result.mirrored_view >= 0) leave_out(capture, search, options, result.mirrored_view, h);
  }
  result.cost = h.cost;
  Tracks labels = label_remaining(capture, similarity, h.tracks, h.placed, h.state);
  describe(views, capture, std::move(best), std::move(labels), options, result);
  step(progress, "association", 1);
  return result;
}

}  // namespace ahap

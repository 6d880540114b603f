#pragma once

#include <optional>
#include <vector>

#include "reconstruction/multiview/camera_hypotheses.h"
#include "reconstruction/multiview/joint_association.h"
#include "reconstruction/worker_pool.h"

namespace ahap {

// One explanation of a capture: who is who, and the cameras and bodies that follow.
struct Hypothesis {
  Tracks tracks;             // of two observations and more, sorted
  std::vector<bool> placed;  // views whose pose is part of the explanation
  BundleState state;         // people: of each track
  double cost = 0;           // association_cost
};

// Search for the hypothesis of least cost: pairs of views, then view by view (beam search), then local
// changes.
class AssociationSearch {
 public:
  // similarity: of appearances, over capture.people (square).
  AssociationSearch(const NormalizedCapture& capture, const Eigen::MatrixXd& similarity,
                    const AssociationOptions& options, const Progress& progress);

  // Hypotheses of different tracks, best first; empty where no two views share a person. From two views with
  // known poses on they stay where they are, and only the others are sought.
  std::vector<Hypothesis> run();

  // The hypothesis with one view taken out, and with that view placed anew in the cheapest way found.
  // Nothing: without the view there are no two that share a person.
  std::optional<Hypothesis> without_view(const Hypothesis& h, int view) const;
  std::optional<Hypothesis> with_view_anew(const Hypothesis& h, int view) const;

  // What the links alone cost: -2 log likelihood of points that nothing explains, and of appearances.
  double merge_cost(const Tracks& tracks) const;
  const std::vector<std::vector<int>>& people_of_views() const { return people_of_view_; }

 private:
  // A person of a hypothesis, or one that a single placed view shows, as the next view may see it.
  struct Candidate {
    std::vector<int> observations;
    BodyPoints body;  // world
  };
  // Pose of a view and the candidate of each of its people, before any adjustment.
  struct Extension {
    double cost = 0;
    int view = 0;
    std::vector<int> choice;  // candidate of each person of the view, -1: none
    ViewParameters pose;
  };
  struct Refinement {  // a bundle adjustment to run
    Tracks tracks;
    BundleState state;
  };
  using Matching = std::vector<std::pair<int, int>>;  // people of two views

  bool is_known(int view) const { return poses_known_ && capture_.views[view].camera_from_world; }
  std::vector<Hypothesis> seeds() const;
  std::vector<Matching> matchings_of_pair(int view_a, int view_b) const;
  std::vector<Matching> all_matchings(int view_a, int view_b) const;
  std::vector<Matching> matchings_from_single_pairs(int view_a, int view_b) const;
  double pair_cost(const Matching& matching) const;
  Hypothesis solve_seed(int view_a, const Matching& matching) const;

  std::vector<Candidate> candidates(const Hypothesis& h) const;
  std::vector<Extension> extensions_to(const Hypothesis& h, const std::vector<Candidate>& people,
                                       int view) const;
  std::vector<std::vector<int>> choices(const std::vector<Candidate>& people,
                                        const std::vector<PlacedBody>& placed) const;
  void rate_choice(const std::vector<Candidate>& people, const std::vector<PlacedBody>& placed,
                   Extension extension, std::vector<Extension>& out) const;
  std::vector<Refinement> extend(const Hypothesis& h, int only_view = -1) const;
  std::vector<Refinement> relocations(const Hypothesis& h) const;
  std::vector<Refinement> moves(const Hypothesis& h) const;
  Refinement refinement(const Hypothesis& h, const std::vector<Candidate>& people) const;
  std::vector<Hypothesis> solve(const std::vector<Refinement>& refinements,
                                const std::vector<AnnealingStage>& stages) const;
  Hypothesis make_hypothesis(const PeopleBundle& bundle, BundleState state,
                             const BundleSummary& summary) const;

  const NormalizedCapture& capture_;
  const Eigen::MatrixXd& similarity_;
  AssociationOptions options_;
  const Progress& progress_;
  WorkerPool pool_;
  bool poses_known_;  // of two views at least
  std::vector<std::vector<int>> people_of_view_;
  std::vector<PlacedBody> placed_;  // of every person, at the mean focal length
};

// Keeps the cheapest hypothesis of each set of tracks, best first, at most `most`.
std::vector<Hypothesis> best_distinct(std::vector<Hypothesis> hypotheses, int most);

}  // namespace ahap

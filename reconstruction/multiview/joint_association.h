#pragma once

#include <Eigen/Core>
#include <numbers>
#include <vector>

#include "reconstruction/camera.h"
#include "reconstruction/multiview/people_bundle_adjustment.h"
#include "reconstruction/progress.h"

namespace ahap {

// Cameras and identities together, from people's 2D points in several views of one frame and what is known of
// the views: the hypothesis that minimises
//   sum min(rho, kImageCostCap) over the observed points + the other terms of PeopleBundle
//   + unexplained_cost * (points of observations that are linked to nobody, and of each person's best
//   observation)
//   - appearance_weight * sum over people (mean similarity - neutral_similarity) (observations - 1),
// which is -2 log likelihood up to a constant. Found by Procrustes starts on pairs of views, beam search over
// views, local changes and several starts of the adjustment. Where two views and more have known poses,
// people are associated with these, and other views are placed beside them.

struct AssociationOptions {
  BundleOptions bundle;
  // Chosen on real captures with calibrated cameras, also on two and three views of them: below 2.5 one
  // person falls apart into two, above 3.5 different people merge.
  double unexplained_cost = 3;  // of one observed point
  double appearance_weight = 50;
  double neutral_similarity = 0.5;  // an appearance that speaks neither for nor against one person
  int beam = 6;                     // hypotheses that are carried from view to view
  int extensions = 6;               // adjusted for one view that joins a hypothesis
  int pair_matchings =
      12;          // of the largest size, adjusted for each pair of views; half as many of one person less
  int rounds = 5;  // of local changes
  double max_rotation_sigma = 9 * std::numbers::pi / 180;  // above it a view's pose is as good as unknown
  int threads = 4;
};

struct AssociatedView {
  // World: that of the views' known poses where they have any (given_world); else the camera axes of the
  // first estimated view, metres by people's bone lengths.
  Camera camera;
  double k1 = 0;  // radial distortion, x = f X (1 + k1 |X|^2)
  bool estimated =
      false;  // false: the pose is the identity and means nothing; K is the prior's or the file's
  double rotation_sigma = std::numbers::pi;  // radians, against the other estimated views, posterior
};

struct AssociatedPerson {
  std::vector<int> observations;  // sorted
  BodyPoints points;              // world
  // Standard deviation per axis with cameras held, metres; 0: no estimated view sees the point.
  std::array<double, kBodyPoints> sigma{};
};

struct JointAssociation {
  std::vector<AssociatedView> views;
  bool given_world = false;
  std::vector<AssociatedPerson> people;    // by number of observations, then first appearance
  std::vector<int> person_of_observation;  // -1: has no point that could be used
  std::vector<bool>
      adjusted;            // of each observation: took part in the adjustment (else only its label is given)
  double cost = 0;         // of the adjusted part
  double margin = 0;       // cost of the best different association less `cost`; 0: there is none
  int mirrored_view = -1;  // the others agree with its mirror image only: it has no pose; -1: none
  std::vector<int> runner_up;  // its person_of_observation; empty: there is none
};

int estimated_views(const JointAssociation& association);

// Throws std::invalid_argument for observations of views that do not exist and Cancelled when progress asks
// to stop (looked at every few milliseconds). Everything else has an answer: one view, nobody, or views that
// share nobody give people of one observation each and no poses.
JointAssociation associate_and_calibrate(const std::vector<ViewObservation>& views,
                                         const std::vector<PersonObservation>& people,
                                         const AssociationOptions& options = {},
                                         const Progress& progress = {});

}  // namespace ahap

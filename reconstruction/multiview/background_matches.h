#pragma once

#include <vector>

#include "reconstruction/multiview/joint_association.h"

namespace ahap {

// One feature of the background (or of anything) that two views show, as matched by its looks alone; most may
// be wrong.
struct PointMatch {
  Eigen::Vector2d pixel_a{0, 0}, pixel_b{0, 0};  // original pixels
  double ratio = 1;  // distance of the best to that of the second best descriptor: small is sure
};
struct ViewMatches {
  int view_a = 0, view_b = 0;
  std::vector<PointMatch> matches;
};
using BackgroundMatches = std::vector<ViewMatches>;

struct BackgroundOptions {
  // Distances from the epipolar line (Sampson), share of the longer side.
  double search_band = 0.03;   // of matches that agree with the people's cameras
  double inlier_band = 0.003;  // of right matches, once they took part in an adjustment
  double final_band = 0.008;
  int most_points = 60;  // of one pair of views
  // A pair of views counts when its inliers outnumber chance_factor times those of shuffled matches by
  // surplus.
  double chance_factor = 3, surplus = 8;
  double max_angle =
      110 * std::numbers::pi / 180;  // between the orientations of two views: beyond it nothing matches
};

struct BackgroundRefinement {
  JointAssociation association;
  int pairs = 0,
      points = 0;  // that took part; without any, and without gravity, the association is the one given
  BackgroundMatches matches;  // that agree with the cameras found, all of the pairs that took part
};

// Bundle adjustment of the people together with matches of the background and the views' gravity. Matching by
// looks alone finds mostly wrong pairs at wide baselines, so the people's cameras guide: matches near their
// epipolar lines take part in a first adjustment; pairs of views whose matches then agree far better than
// chance take part in the second, which starts from the people's cameras again. Identities stay. Throws as
// associate_and_calibrate does.
BackgroundRefinement refine_with_background(const std::vector<ViewObservation>& views,
                                            const std::vector<PersonObservation>& people,
                                            const JointAssociation& association,
                                            const BackgroundMatches& matches,
                                            const AssociationOptions& options = {},
                                            const BackgroundOptions& background = {},
                                            const Progress& progress = {});

}  // namespace ahap

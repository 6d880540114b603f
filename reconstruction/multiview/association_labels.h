#pragma once

#include <vector>

#include "reconstruction/multiview/camera_hypotheses.h"

namespace ahap {

// Observations that took no part in the adjustment (too few or wrong points) may still be somebody whom it
// knows: they, and people of few views, join the person that projects onto them, the better the more similar
// they look. Only labels: bodies and cameras stay. Returns every usable observation in exactly one track, at
// most one of a view in each; people of one observation included.
Tracks label_remaining(const NormalizedCapture& capture, const Eigen::MatrixXd& similarity,
                       const Tracks& tracks, const std::vector<bool>& placed, const BundleState& state);

// Intersection over union of a person's box and the box about a body's projected joints, cut at the picture's
// border; 0 behind the camera. half_size: of the picture, normalized.
double projection_overlap(const NormalizedPerson& person, const BodyPoints& body, const ViewParameters& view,
                          const Eigen::Vector2d& half_size);

// Mean distance between a body's projection and the observed joints of a person, share of the person's size,
// at most 0.6 each, unseen joints counting little; large where the body is behind the camera or no joint is
// located.
double projection_distance(const NormalizedPerson& person, const BodyPoints& body,
                           const ViewParameters& view);

}  // namespace ahap

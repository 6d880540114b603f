#pragma once

#include <vector>

#include "reconstruction/multiview/camera_hypotheses.h"

namespace ahap {

// How well every view's orientation is known against the others', radians: the median over the other views of
// the posterior standard deviation of the rotation between the two (root of the trace of its covariance).
// Views above `largest` are taken out one after the other, the worst first, before the rest is rated. Views
// that are taken out keep the value they left with; views without a track, pi. Real errors are about 1.4
// times the standard deviation.
std::vector<double> rotation_sigmas(PeopleBundle& bundle, const BundleState& state, double largest);

}  // namespace ahap

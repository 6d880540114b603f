#pragma once

#include "reconstruction/body_fit/body_fit.h"

namespace ahap {

// A body near the evidence, in closed form: limbs are turned into the directions of triangulated points, else
// of the landmarks, else left at the prior's mean; twists come from bent elbows and knees and from the feet;
// the place is the one that brings the points nearest to their rays.
BodyState closed_form_start(const FittedBodyModel& model, const FitEvidence& evidence);

}  // namespace ahap

#pragma once

#include <array>
#include <span>
#include <vector>

#include "reconstruction/body_fit/body_kinematics.h"

namespace ahap {

using FootContacts = std::vector<std::array<bool, 2>>;  // by frame: the left foot stands, the right one does

// Finds out when the heel and the toe of each foot stand on the floor (y = 0), low and slow for a while, and
// lets them stand there: on one place without sliding, flat where both do. Feet are lifted out of the floor.
// Hips, knees and ankles of `states` follow by two-bone inverse kinematics; the pelvis moves where both feet
// ask for it and where a foot would be out of reach. times: seconds, ascending, one per state; the motion
// should be smooth.
FootContacts plant_feet(const FittedBodyModel& model, std::span<const double> times,
                        std::vector<BodyState>& states);

}  // namespace ahap

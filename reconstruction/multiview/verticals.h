#pragma once

#include <optional>
#include <span>
#include <vector>

#include "reconstruction/alignment/ground.h"
#include "reconstruction/image.h"
#include "reconstruction/multiview/joint_association.h"

namespace ahap {

// Which way is up in photographs: roughly from people, who stand on average, then from the straight edges of
// rooms and houses where several views agree on one vertical.

// From ankles (from hips, where no ankle is seen) to shoulders, mean over the people that estimated views
// show; unit, world of the association. Nothing where nobody is known in space. Good to 1 to 13 degrees:
// people lean.
std::optional<Eigen::Vector3d> up_of_bodies(const JointAssociation& association);

// The verticals of the pictures' Manhattan frames (alignment/manhattan.h) near the people's up, in camera
// axes, of the views whose verticals are one direction of the world within 4 degrees. All empty unless they
// are most of the estimated views and at least two: a single view, or furniture that leans, proves nothing.
// Throws Cancelled when progress asks to stop.
std::vector<std::optional<UpEstimate>> agreeing_verticals(std::span<const Image* const> pictures,
                                                          const std::vector<PersonObservation>& people,
                                                          const JointAssociation& association,
                                                          const Progress& progress = {});

}  // namespace ahap

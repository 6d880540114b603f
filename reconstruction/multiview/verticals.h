#pragma once

#include <numbers>
#include <optional>
#include <span>
#include <vector>

#include "reconstruction/geometry/ground.h"
#include "reconstruction/image.h"
#include "reconstruction/multiview/joint_association.h"

namespace ahap {

// Which way is up in photographs: roughly from people, who stand on average, then from the straight edges of
// rooms and houses where several views agree on one vertical.

// From ankles (from hips, where no ankle is seen) to shoulders, mean over the people that estimated views
// show; unit, world of the association. Nothing where nobody is known in space. Good to 1 to 13 degrees:
// people lean.
std::optional<Eigen::Vector3d> up_of_bodies(const JointAssociation& association);

constexpr double kUpContradiction = 15 * std::numbers::pi / 180;  // between two directions against gravity

// That, or where it contradicts what the views say of gravity (people lie and crouch), the latter:
// `in_camera` of each view, a network's estimate; may be empty.
std::optional<Eigen::Vector3d> rough_up(const JointAssociation& association,
                                        const std::vector<UpEstimate>& in_camera);

// What a picture's straight edges say of its camera.
struct StraightView {
  UpEstimate up;                       // camera axes
  std::optional<double> focal_length;  // pixels, where the edges' vanishing points fix it
  double focal_sigma = 0;              // relative
};

// The Manhattan frames of the pictures (geometry/manhattan.h) whose vertical is near `up` (world of the
// association) and is one direction of the world within 3 degrees. All empty unless they are most of the
// estimated views and at least two: a single view, or furniture that leans, proves nothing. Throws Cancelled
// when progress asks to stop.
std::vector<std::optional<StraightView>> agreeing_verticals(std::span<const Image* const> pictures,
                                                            const std::vector<ViewObservation>& views,
                                                            const std::vector<PersonObservation>& people,
                                                            const JointAssociation& association,
                                                            const Eigen::Vector3d& up,
                                                            const Progress& progress = {});

}  // namespace ahap

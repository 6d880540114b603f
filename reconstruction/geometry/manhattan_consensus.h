#pragma once

#include <optional>
#include <span>
#include <vector>

#include "reconstruction/geometry/manhattan.h"

namespace ahap {

// All views stand in one room, whose axes lie at one yaw in the world, up to quarter turns. A view offers
// several headings (manhattan.h), of rugs and chairs, too: the room's is the one that the other views share.

// By how much a level camera of this yaw (level_yaw) is turned off the room whose axes lie at manhattan_yaw,
// when `heading` is the room's: radians, -pi/4 to pi/4.
double yaw_residual(double yaw, const ManhattanYaw& heading, double manhattan_yaw);

// The heading that fits the room best, if any is near it, and how well (0..1).
struct FittingHeading {
  const ManhattanYaw* heading = nullptr;
  double agreement = 0;
};
FittingHeading fitting_heading(double yaw, std::span<const ManhattanYaw> headings, double manhattan_yaw);

struct SeenRoom {
  double yaw = 0;                          // of the level camera in the world, radians
  std::span<const ManhattanYaw> headings;  // empty: the view takes no part
};

struct RoomAgreement {
  std::optional<double> yaw;                 // of the room that two views or more see
  std::vector<const ManhattanYaw*> heading;  // of each view, into `views`; null: none fits
};

// The room that most views agree on.
RoomAgreement agree_on_room(std::span<const SeenRoom> views);

}  // namespace ahap

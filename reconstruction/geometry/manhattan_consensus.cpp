#include "reconstruction/geometry/manhattan_consensus.h"

#include <cmath>

namespace ahap {
namespace {

constexpr double kReach = 0.2;  // radians within which a heading may be the room's

}  // namespace

double yaw_residual(double yaw, const ManhattanYaw& heading, double manhattan_yaw) {
  return std::remainder(yaw - heading.yaw - manhattan_yaw, M_PI / 2);
}

FittingHeading fitting_heading(double yaw, std::span<const ManhattanYaw> headings, double manhattan_yaw) {
  FittingHeading best;
  for (const ManhattanYaw& heading : headings) {
    const double off = yaw_residual(yaw, heading, manhattan_yaw);
    const double agreement = heading.weight * std::exp(-0.5 * std::pow(off / (0.5 * kReach), 2));
    if (std::abs(off) > kReach || agreement <= best.agreement) continue;
    best = {&heading, agreement};
  }
  return best;
}

RoomAgreement agree_on_room(std::span<const SeenRoom> views) {
  RoomAgreement best;
  best.heading.assign(views.size(), nullptr);
  double most = 0;
  for (const SeenRoom& proposing : views) {
    for (const ManhattanYaw& proposed : proposing.headings) {
      RoomAgreement room{proposing.yaw - proposed.yaw, {}};
      double support = 0;
      int agreeing = 0;
      for (const SeenRoom& view : views) {
        const FittingHeading fitting = fitting_heading(view.yaw, view.headings, *room.yaw);
        room.heading.push_back(fitting.heading);
        support += fitting.agreement;
        agreeing += fitting.heading != nullptr;
      }
      if (agreeing < 2 || support <= most) continue;
      most = support;
      best = std::move(room);
    }
  }
  return best;
}

}  // namespace ahap

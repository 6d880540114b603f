#pragma once

#include <optional>
#include <vector>

#include "reconstruction/synthetic/walk.h"
#include "reconstruction/synthetic/world.h"

namespace ahap {

// How somebody moves a camera by hand: to and fro around where it is at 0 seconds, and turning with it to
// keep the people in the picture.
struct CameraMotion {
  Eigen::Vector3d sweep{0, 0, 0};   // to one side, metres, world
  Eigen::Vector3d target{0, 0, 0};  // stays where it is in the picture, but for shaking
  double period = 8, phase = 0;     // seconds, radians
  double shake = 0;                 // radians
};

// The camera `seconds` later.
Camera moved(const Camera& camera, const CameraMotion& motion, double seconds);

// A world in which time goes on.
struct MovingWorld {
  World start;                             // before anybody has moved
  std::vector<std::optional<Walk>> walks;  // of each person; nothing: stays in its place and sways a little
  std::vector<CameraMotion> cameras;       // of each camera; none: they stand still
};

// The world of a seed (make_world) in which those who walk go on walking for so many seconds: across the room
// and back, past the others, with stops. Nobody walks into anybody, furniture, walls or cameras; who finds no
// way stands. moving_cameras: cameras move, too. The same seed and arguments give the same world.
MovingWorld make_moving_world(std::uint64_t seed, const WorldOptions& options, double seconds,
                              bool moving_cameras = false);

World at_time(const MovingWorld& world, double seconds);

}  // namespace ahap

#pragma once

#include <Eigen/Core>
#include <span>
#include <vector>

namespace ahap {

// A person of one track in one frame.
struct TrackedJoints {
  double time = 0;                      // seconds
  std::vector<Eigen::Vector3d> joints;  // in the world, metres
};

// CHROMM's filter of a track: where the joints move by more on average than anybody can since the last frame
// that was kept, the frame is left out. After three such frames in a row a new piece of the track begins with
// the first of them. Returns the pieces as indices of kept frames. fastest: metres per second; the default is
// half a metre from one frame to the next at 30 frames per second.
std::vector<std::vector<int>> consistent_pieces(std::span<const TrackedJoints> track, double fastest = 15);

}  // namespace ahap

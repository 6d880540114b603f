#pragma once

#include <Eigen/Core>
#include <memory>
#include <span>
#include <vector>

#include "reconstruction/box.h"
#include "reconstruction/image.h"

namespace ahap {

// A point of the background in one picture.
struct FollowedPoint {
  int track = 0;                // the same number is the same point, in other pictures of the camera, too
  Eigen::Vector2f pixel{0, 0};  // original pixels
};

// Follows points of the background through the pictures of one camera.
class BackgroundFollower {
 public:
  virtual ~BackgroundFollower() = default;

  // The points that the next picture shows, none within the boxes of people. Tracks are numbered from 0.
  virtual std::vector<FollowedPoint> next(const Image& picture, std::span<const Box> people) = 0;
};

}  // namespace ahap

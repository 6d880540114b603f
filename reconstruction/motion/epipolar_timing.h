#pragma once

#include <Eigen/Core>
#include <optional>
#include <vector>

#include "reconstruction/camera.h"
#include "reconstruction/motion/smooth_track.h"

namespace ahap {

// One person in two cameras, in the stretch of a's track that is compared.
struct SeenTwice {
  const SmoothTrack* a = nullptr;
  const SmoothTrack* b = nullptr;
  int begin = 0, end = 0;  // samples of a
};

// x_b^T F x_a = 0 for pixels that show the same point.
Eigen::Matrix3d fundamental_matrix(const Camera& a, const Camera& b);

// How well points of people lie on one another's epipolar lines when two cameras' times go together in one
// way or another.
class EpipolarTiming {
 public:
  // `independent`: samples of one point per second that are as good as independent. F: nothing where the
  // cameras are not known; it is then fitted anew to every timing.
  EpipolarTiming(std::vector<SeenTwice> people, std::optional<Eigen::Matrix3d> F, double independent);

  // Log likelihood (up to a constant) against points that have nothing to do with one another; 0 of none.
  double gain(const Timing& timing) const;

 private:
  std::vector<SeenTwice> people_;
  std::optional<Eigen::Matrix3d> F_;
  double independent_;
  int stride_ = 1;  // samples from one that is looked at to the next
};

}  // namespace ahap

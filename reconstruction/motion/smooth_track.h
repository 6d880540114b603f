#pragma once

#include <Eigen/Core>
#include <array>
#include <vector>

#include "reconstruction/motion/offset_search.h"
#include "reconstruction/motion/synchronisation.h"

namespace ahap {

// Where the points of a person are in the picture at any time, from frames at whatever times.
class SmoothTrack {
 public:
  explicit SmoothTrack(const MotionTrack& track);

  struct Sample {
    Eigen::Vector2f pixel{0, 0}, velocity{0, 0};  // pixels, pixels per second; there are many
    bool seen = false;
  };
  const Sample& sample(int n, int point) const { return samples_[std::size_t(n)][std::size_t(point)]; }
  int size() const { return int(samples_.size()); }
  int first() const { return first_; }  // sample n belongs to the time (first + n) / kSignalRate
  double sigma(int point) const { return sigma_[std::size_t(point)]; }  // pixels; 0: never seen
  // Between samples; not seen outside of them.
  Sample at(double seconds, int point) const;
  // The speeds of its joints downwards in the picture.
  Signal vertical_speeds() const;

 private:
  int first_ = 0;
  std::vector<std::array<Sample, kBodyPoints>> samples_;
  std::array<double, kBodyPoints> sigma_{};
};

}  // namespace ahap

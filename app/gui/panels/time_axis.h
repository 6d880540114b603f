#pragma once

#include <algorithm>
#include <cmath>

namespace ahap {

// Where frames are on the screen: frame n covers x(n) to x(n + 1).
struct TimeAxis {
  float left, width;
  int count;

  float x(double frame) const { return left + width * float(frame / count); }
  int frame(float at) const { return std::clamp(int(std::floor(edge(at))), 0, count - 1); }
  int nearest_edge(float at) const { return std::clamp(int(std::lround(edge(at))), 0, count); }
  // Frames that a distance spans.
  int frames(float distance) const { return int(std::lround(double(distance) / width * count)); }

 private:
  double edge(float at) const { return double(at - left) / width * count; }
};

}  // namespace ahap

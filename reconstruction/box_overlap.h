#pragma once

#include <algorithm>

#include "reconstruction/box.h"

namespace ahap {

// Of a box without an inside: 0.
inline double area(const Box& box) {
  return std::max(0.0, box.x1 - box.x0) * std::max(0.0, box.y1 - box.y0);
}

// Intersection over union, 0..1.
inline double overlap(const Box& a, const Box& b) {
  const double common =
      area({std::max(a.x0, b.x0), std::max(a.y0, b.y0), std::min(a.x1, b.x1), std::min(a.y1, b.y1)});
  const double either = area(a) + area(b) - common;
  return either > 0 ? common / either : 0;
}

}  // namespace ahap

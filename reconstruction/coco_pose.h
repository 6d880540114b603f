#pragma once

#include <Eigen/Core>
#include <array>

#include "reconstruction/observations.h"

namespace ahap {

struct ScoredPoint {
  Eigen::Vector2d pixel{0, 0};
  double score = 0;  // 0..1
};
using CocoPose = std::array<ScoredPoint, kCocoPoints>;

}  // namespace ahap

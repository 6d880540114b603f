#pragma once

#include <Eigen/Core>

#include "reconstruction/body/procedural_body.h"

namespace ahap {

// The procedural body in its rest pose as an implicit function, in metres: negative inside, zero on the skin,
// roughly a distance near it. T-pose, Y up, facing +Z, left side at +X, soles at y = -1.18, crown at y =
// 0.53. Mirrored in x. The low level has mittens where the full one has fingers, and no face.
double body_distance(const Eigen::Vector3d& p, BodyDetail detail);

}  // namespace ahap

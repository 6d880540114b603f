#pragma once

#include <Eigen/Geometry>
#include <array>
#include <memory>

#include "reconstruction/reconstruction.h"

namespace ahap {

// Brings a result into another world of the same size: cameras, bodies and points. SMPL's parameters follow
// exactly; those of SMPL-X too in a result of one frame, and in a range up to the distance between the two
// bodies' pelvises, about a centimetre, times the turn in radians.
void move_world(Reconstruction& result, const Eigen::Isometry3d& new_from_old);
// The same as another result, whose later corrections are moved, too.
std::shared_ptr<const Reconstruction> moved(const Reconstruction& result,
                                            const Eigen::Isometry3d& new_from_old);

// Whether all cameras of `after` are those of `before` in another place, and as far from each other.
bool is_moved(const Reconstruction& before, const Reconstruction& after);

// The motion that makes the plane through three places the floor: y = 0, with the cameras above it, turned no
// more than needed, and the first place where it was, seen from above. Throws a sentence where the places do
// not lie apart: the plane has to be known within a degree for a centimetre of error.
Eigen::Isometry3d floor_motion(const std::array<Eigen::Vector3d, 3>& places, const Reconstruction& result);
// The motion that makes the direction between two places vertical, about the lower one. Throws a sentence
// where they are less than ten centimetres apart.
Eigen::Isometry3d upright_motion(const Eigen::Vector3d& a, const Eigen::Vector3d& b);
// The motion that brings the origin below or above this place; the floor stays.
Eigen::Isometry3d origin_motion(const Eigen::Vector3d& place);

}  // namespace ahap

#pragma once

#include <Eigen/Core>
#include <vector>

#include "reconstruction/random.h"
#include "reconstruction/synthetic/scenery.h"

namespace ahap {

// Furniture that a person needs, fitted to the body: a seat with its front edge, top and back at local z and
// heights.
void add_seat(Scenery& scenery, const Spot& spot, float seat_height, float back_z, Random& random);

// Something to work on whose top is at `height` under a local point in front of a person.
void add_work(Scenery& scenery, const Spot& spot, const Eigen::Vector3f& local, Random& random);

// Floor, walls, ceiling or the open air, and what stands and hangs there; `keep_free` are points of people.
void furnish(Scenery& scenery, const Room& room, const std::vector<Eigen::Vector3f>& keep_free,
             float difficulty, Random& random);

}  // namespace ahap

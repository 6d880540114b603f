#pragma once

#include "reconstruction/synthetic/world.h"

namespace ahap {

// What a light sees of the world, for the shadows it casts.
ShadowMap make_shadow_map(const World& world, const Light& light);

}  // namespace ahap

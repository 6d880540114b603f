#pragma once

#include <vector>

#include "reconstruction/random.h"
#include "reconstruction/synthetic/scenery.h"

// Single things of a scene and what they are made of. Every piece stands on a spot, adds its faces and
// occupies its place; lengths in metres.
namespace ahap::furniture {

Material plain(const LinearColor& color);
Material patterned(Pattern pattern, float tiles_per_metre, const LinearColor& a, const LinearColor& b,
                   const LinearColor& c);
Material wooden(Random& random);
LinearColor any_color(Random& random, float saturation, float low, float high);  // value from low to high
LinearColor vivid(Random& random);
LinearColor wood_color(Random& random);

// An upright picture in local coordinates of a spot; the texture runs downwards.
void panel(Scenery& s, const Spot& spot, float x0, float x1, float y0, float y1, float z, int material,
           bool casts_shadow = true);

void table(Scenery& s, const Spot& spot, float width, float depth, float height, Random& random);
void chair(Scenery& s, const Spot& spot, float seat, float front, float back,
           Random& random);  // heights, local z
void sofa(Scenery& s, const Spot& spot, float width, float seat, float front, float back, Random& random);
void bench(Scenery& s, const Spot& spot, float seat, float front, float back, Random& random);
void shelf(Scenery& s, const Spot& spot, Random& random);
void cabinet(Scenery& s, const Spot& spot, Random& random);
void kitchen(Scenery& s, const Spot& spot, Random& random);
void lamp(Scenery& s, const Spot& spot, Random& random);
void plant(Scenery& s, const Spot& spot, Random& random);
void tripod(Scenery& s, const Spot& spot, Random& random);
void ladder(Scenery& s, const Spot& spot, Random& random);
void cartons(Scenery& s, const Spot& spot, Random& random);

// A ball of leaves in the air; center: world.
void leaves(Scenery& s, const Eigen::Vector3f& center, float radius, int count, float size, Random& random);

// Loose things in a heap, none under a person.
void clutter(Scenery& s, const Spot& around, float radius, int count,
             const std::vector<Eigen::Vector3f>& keep_free, Random& random);

// A low wall of bricks, as builders make it.
void brick_wall(Scenery& s, const Spot& spot, float length, int rows, Random& random);

}  // namespace ahap::furniture

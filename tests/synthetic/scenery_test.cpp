#include "reconstruction/synthetic/surroundings.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <vector>

namespace ahap {
namespace {

Scenery open_air(std::uint64_t seed) {
  Scenery scenery;
  Random random(seed);
  furnish(scenery, {.x0 = -4, .x1 = 4, .z0 = -6, .z1 = 6, .outdoor = true}, {}, 1, random);
  return scenery;
}

bool same_places(const Scenery& a, const Scenery& b) {
  if (a.faces.size() != b.faces.size()) return false;
  for (std::size_t i = 0; i < a.faces.size(); ++i) {
    const Face &f = a.faces[i], &g = b.faces[i];
    if (f.origin != g.origin || f.u != g.u || f.v != g.v || f.material != g.material) return false;
  }
  return true;
}

// Small pieces of memory of every size; released, they are what the next allocations get.
std::vector<std::unique_ptr<unsigned char[]>> pieces_of_memory(int of_each_size) {
  std::vector<std::unique_ptr<unsigned char[]>> pieces;
  for (std::size_t size = 16; size <= 256; size += 8) {
    for (int i = 0; i < of_each_size; ++i) pieces.push_back(std::make_unique<unsigned char[]>(size));
  }
  return pieces;
}

TEST(OpenAir, depends_on_its_seed_and_on_nothing_that_happened_before) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    auto pieces = pieces_of_memory(20);
    const Scenery first = open_air(seed);
    pieces.clear();
    EXPECT_TRUE(same_places(first, open_air(seed))) << seed;
  }
}

}  // namespace
}  // namespace ahap

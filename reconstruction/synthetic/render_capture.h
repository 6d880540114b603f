#pragma once

#include <cstdint>
#include <vector>

#include "reconstruction/evaluation/ground_truth.h"
#include "reconstruction/synthetic/rasterizer.h"
#include "reconstruction/synthetic/world.h"

namespace ahap {

// Worlds to train on and worlds to judge by never share a seed as long as people's own numbers stay below
// 2^56.
enum class SeedSet { train, test };
inline std::uint64_t scene_seed(SeedSet set, std::uint64_t number) {
  return set == SeedSet::test ? number ^ 0x7e57000000000000ull : number;
}

struct RenderedCapture {
  std::vector<RenderedView> views;
  std::vector<GroundTruth::Person> people;
  std::uint64_t seed = 0;
};

// All views of the world of a seed, without camera noise. Thread-safe; the same seed and options give the
// same bytes.
RenderedCapture render_capture(std::uint64_t seed, const WorldOptions& options);
RenderedCapture render_capture(const World& world);

// A capture of a world's people that has no views yet.
RenderedCapture capture_of_people(const World& world);

// What is true of a capture, with views named cam01, cam02, ... and no file ending.
GroundTruth ground_truth(const RenderedCapture& capture);

// What a camera adds to a picture: vignetting, white balance and gamma, blur, sensor noise and the softness
// of compressed colours. strength 0 = nothing, 1 = a phone indoors.
// In the frames of one camera, only the sensor's noise differs.
void add_camera_noise(Image& image, std::uint64_t seed, double strength, int frame = 0);

}  // namespace ahap

#pragma once

#include <vector>

#include "reconstruction/motion/offset_search.h"

namespace ahap {

// How suddenly a sound (samples, `rate` per second) gets louder in bands of frequency: what two microphones
// in different places have in common. The first sample belongs to the signal's time 0.
Signal sound_signal(const std::vector<float>& samples, int rate);

// Independent samples per second of a band.
constexpr double kIndependentSound = 8;

}  // namespace ahap

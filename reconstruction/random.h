#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>

namespace ahap {

// splitmix64: small, fast, and the same numbers everywhere, unlike the distributions of the standard library.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed * 0x9e3779b97f4a7c15ull + 0x2545f4914f6cdd1dull) {
    next();
  }

  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15ull);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
  }

  float uniform() { return float(next() >> 40) * 0x1p-24f; }  // [0, 1)
  float uniform(float low, float high) { return low + (high - low) * uniform(); }
  int integer(int low, int high) {
    return low + int(next() % std::uint64_t(high - low + 1));
  }  // both included
  bool chance(float probability) { return uniform() < probability; }
  float sign() { return chance(0.5f) ? 1.f : -1.f; }

  float normal(float mean, float deviation) {  // Box-Muller
    const float r = std::sqrt(-2.f * std::log(1.f - uniform()));
    return mean + deviation * r * std::cos(2 * std::numbers::pi_v<float> * uniform());
  }

  // A stream of its own, so that more draws in one part do not change another.
  Random fork() { return Random(next()); }

 private:
  std::uint64_t state_;
};

}  // namespace ahap

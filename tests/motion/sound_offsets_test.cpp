#include <gmock/gmock.h>

#include <cmath>
#include <numbers>

#include "reconstruction/motion/synchronisation.h"
#include "tests/fixtures/random_geometry.h"

namespace ahap {
namespace {

using ::testing::Each;
using ::testing::Field;
using Source = CameraOffset::Source;

constexpr int kRate = 8000;
const auto kUnknown = Each(Field(&CameraOffset::source, Source::none));

// Steps, words, knocks: short sounds of one pitch each at irregular times.
class Noises {
 public:
  Noises(unsigned seed, double seconds) {
    RandomGeometry random(seed);
    for (double time = -2; time < seconds + 2; time += random.uniform(0.1, 0.6))
      noises_.push_back({time, random.uniform(0.05, 0.3), random.uniform(200, 3000), random.uniform(0.1, 1)});
  }
  // What a microphone records from the capture's time `start` on, by a clock that goes wrong by `drift`.
  std::vector<float> recorded(double start, double seconds, unsigned seed, double noise, double volume,
                              double drift = 0) const {
    RandomGeometry random(seed);
    std::vector<float> samples(std::size_t(seconds * kRate));
    for (float& sample : samples) sample = float(random.normal(noise));
    for (const Noise& one : noises_) {
      const double begin = (one.time - start) / (1 + drift);
      const auto first = std::llround(std::ceil(begin * kRate));
      for (std::int64_t i = std::max<std::int64_t>(0, first);
           i < std::llround((begin + one.lasts) * kRate) && i < std::int64_t(samples.size()); ++i) {
        const double t = double(i) / kRate - begin;
        samples[std::size_t(i)] += float(volume * one.loudness * std::exp(-3 * t / one.lasts) *
                                         std::sin(2 * std::numbers::pi * one.pitch * t));
      }
    }
    return samples;
  }

 private:
  struct Noise {
    double time, lasts, pitch, loudness;
  };
  std::vector<Noise> noises_;
};

TEST(OffsetsFromSound, AreRightToMillisecondsWhateverVolumeAndNoise) {
  const Noises noises(1, 12);
  const std::vector<double> starts = {1, 0, 2.3457};
  const std::vector<CameraOffset> offsets = offsets_from_sound(
      {noises.recorded(starts[0], 8, 1, 0.01, 0.5), noises.recorded(starts[1], 9, 2, 0.02, 0.2),
       noises.recorded(starts[2], 7, 3, 0.05, 0.4)},
      kRate);
  for (int camera = 0; camera < 3; ++camera) {
    EXPECT_EQ(offsets[camera].source, Source::sound);
    EXPECT_NEAR(offsets[camera].seconds, starts[camera] - starts[0], 0.004) << camera;
    EXPECT_LT(offsets[camera].sigma, 0.02);
  }
  EXPECT_EQ(offsets[0].sigma, 0) << "the reference";
  EXPECT_GT(offsets[1].sigma, 0.005) << "sound needs time from place to place";
}

TEST(OffsetsFromSound, AreUnknownWhereNothingInCommonWasHeard) {
  const std::vector<float> one = Noises(2, 8).recorded(0, 8, 1, 0.01, 0.5),
                           other = Noises(3, 8).recorded(0, 8, 2, 0.01, 0.5);
  EXPECT_THAT(offsets_from_sound({one, other}, kRate), kUnknown);
  EXPECT_THAT(offsets_from_sound({one, {}}, kRate), kUnknown) << "no sound";
  EXPECT_THAT(offsets_from_sound({one, std::vector<float>(std::size_t(8 * kRate))}, kRate), kUnknown)
      << "silent";
  EXPECT_THAT(offsets_from_sound({one, std::vector<float>(3, 0.5f)}, kRate), kUnknown) << "hardly any";
  EXPECT_THAT(offsets_from_sound({one}, kRate), kUnknown) << "one camera";
}

TEST(OffsetsFromSound, AreUnknownWhereTheSameSoundComesAgainAndAgain) {
  std::vector<float> beats(std::size_t(8 * kRate));
  for (std::size_t i = 0; i < beats.size(); ++i)
    beats[i] = i % 4000 < 400 ? float(std::sin(0.8 * double(i % 4000))) : 0.f;
  EXPECT_THAT(offsets_from_sound({beats, {beats.begin() + 1000, beats.end()}}, kRate), kUnknown);
}

TEST(OffsetsFromSound, FindACameraWhoseClockIsWrong) {
  const Noises noises(4, 62);
  const std::vector<CameraOffset> offsets = offsets_from_sound(
      {noises.recorded(0, 60, 1, 0.01, 0.5), noises.recorded(0.5, 55, 2, 0.01, 0.5, 1e-3)}, kRate);
  EXPECT_NEAR(offsets[1].seconds, 0.5, 0.006);
  EXPECT_NEAR(offsets[1].drift, 1e-3, 1e-4);
}

}  // namespace
}  // namespace ahap

#include "reconstruction/motion/range_offsets.h"

#include <gmock/gmock.h>

#include <cmath>
#include <numbers>

#include "tests/motion/filmed_people.h"

namespace ahap {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Source = CameraOffset::Source;

constexpr int kRate = 8000;
constexpr double kSeconds = 6, kUnknown = std::numeric_limits<double>::quiet_NaN();

// Videos at 30 frames a second that begin at their own times, with two people who move (or stand still) and
// somebody who hammers.
struct Videos {
  std::vector<double> starts;
  double moves = 1;
  SimulatedCapture capture = simulate_capture(3, int(starts.size()), 0);
  std::vector<MovingPerson> people = {MovingPerson(31, kSeconds + 3, moves),
                                      MovingPerson(32, kSeconds + 3, moves)};

  // Without the people in some cameras.
  TrackedFrames frames(const std::vector<int>& blind = {}) const {
    TrackedFrames frames;
    RandomGeometry random(9);
    const PoseNoise noise{.pixels = 0.006, .landmark_turn = 0, .landmarks = 0, .unseen = 0.05};
    for (int f = 0; f < int(30 * kSeconds); ++f) {
      TrackedFrame& frame = frames.emplace_back();
      frame.number = f;
      frame.time = f / 30.0;
      frame.camera_times.assign(starts.size(), frame.time);
      for (int v = 0; v < int(starts.size()); ++v) {
        for (int p = 0; p < 2 && !std::count(blind.begin(), blind.end(), v); ++p) {
          const double time = frame.time + starts[std::size_t(v)];
          frame.people.push_back(simulation::observe(random, people[std::size_t(p)].at(time),
                                                     capture.cameras[std::size_t(v)], v, noise));
          frame.tracklets.push_back(2 * v + p);
        }
      }
    }
    return frames;
  }

  std::vector<std::vector<float>> sounds() const {
    std::vector<std::vector<float>> sounds;
    for (const double start : starts) {
      RandomGeometry random(5), own(unsigned(100 * start) + 1);
      std::vector<float>& samples = sounds.emplace_back(std::size_t(kSeconds * kRate));
      for (float& sample : samples) sample = float(own.normal(0.01));
      for (double blow = 0; blow < kSeconds + 3; blow += random.uniform(0.15, 0.6)) {
        const double pitch = random.uniform(300, 2500);
        for (int i = 0; i < kRate / 10; ++i) {
          const auto at = std::llround((blow - start) * kRate) + i;
          if (at < 0 || at >= std::int64_t(samples.size())) continue;
          const double t = double(i) / kRate;
          samples[std::size_t(at)] +=
              float(0.5 * std::exp(-40 * t) * std::sin(2 * std::numbers::pi * pitch * t));
        }
      }
    }
    return sounds;
  }

  OffsetEvidence evidence(bool with_sound = true) const {
    OffsetEvidence evidence;
    for (std::size_t v = 0; v < starts.size(); ++v) evidence.cameras.push_back("cam" + std::to_string(v + 1));
    if (with_sound) {
      evidence.sounds = [this](const Progress&) { return sounds(); };
      evidence.sound_rate = kRate;
    }
    return evidence;
  }
};

TEST(RangeOffsets, come_from_motion_without_listening_where_that_is_enough) {
  const Videos videos{{0, 0.5}};
  OffsetEvidence evidence = videos.evidence();
  bool listened = false;
  evidence.sounds = [&](const Progress&) {
    listened = true;
    return videos.sounds();
  };
  const RangeOffsets found = range_offsets(videos.frames(), evidence);
  EXPECT_EQ(found.offsets[1].source, Source::motion);
  EXPECT_NEAR(found.offsets[1].seconds, 0.5, 0.01);
  EXPECT_FALSE(listened);
  EXPECT_THAT(found.messages,
              ElementsAre(HasSubstr("cam2 began 0.50 s later than cam1, as people's motion")));
}

TEST(RangeOffsets, come_from_sound_where_people_stand_still) {
  const Videos videos{{0.4, 0}, 0};
  const RangeOffsets found = range_offsets(videos.frames(), videos.evidence());
  EXPECT_EQ(found.offsets[1].source, Source::sound);
  EXPECT_NEAR(found.offsets[1].seconds, -0.4, 0.02);
  EXPECT_GT(found.offsets[1].sigma, 0.005);
  EXPECT_THAT(found.messages, ElementsAre(HasSubstr("cam2 began 0.40 s earlier than cam1, as their sound")));
  EXPECT_EQ(range_offsets(videos.frames(), videos.evidence(false)).offsets[1].source, Source::none);
}

TEST(RangeOffsets, of_one_camera_that_sees_nobody_come_from_sound_beside_those_from_motion) {
  const Videos videos{{0, 0.5, 0.9}};
  const RangeOffsets found = range_offsets(videos.frames({2}), videos.evidence());
  EXPECT_EQ(found.offsets[1].source, Source::motion);
  EXPECT_NEAR(found.offsets[1].seconds, 0.5, 0.015);
  EXPECT_EQ(found.offsets[2].source, Source::sound);
  EXPECT_NEAR(found.offsets[2].seconds, 0.9, 0.02);
}

TEST(RangeOffsets, have_the_first_camera_that_sees_somebody_as_their_reference) {
  const Videos videos{{0, 0.5, 0.9}};
  const RangeOffsets found = range_offsets(videos.frames({0}), videos.evidence(false));
  EXPECT_EQ(found.reference, 1);
  EXPECT_EQ(found.offsets[0].source, Source::none);
  EXPECT_EQ(found.offsets[1].seconds, 0);
  EXPECT_NEAR(found.offsets[2].seconds, 0.4, 0.01);
  EXPECT_THAT(found.messages, ElementsAre(HasSubstr("cam3 began 0.40 s later than cam2")));
}

TEST(RangeOffsets, below_a_frame_are_none) {
  const Videos videos{{0, 0.015}};
  const RangeOffsets found = range_offsets(videos.frames(), videos.evidence());
  EXPECT_EQ(found.offsets[1].source, Source::motion) << "it says so";
  EXPECT_EQ(found.offsets[1].seconds, 0);
  EXPECT_THAT(found.messages, IsEmpty());
}

TEST(RangeOffsets, by_hand_count_as_they_are) {
  const Videos videos{{0, 0.5, 0.9}};
  OffsetEvidence evidence = videos.evidence();
  evidence.by_hand = {{}, 0.7};
  const RangeOffsets found = range_offsets(videos.frames(), evidence);
  EXPECT_EQ(found.offsets[1].source, Source::hand);
  EXPECT_EQ(found.offsets[1].seconds, 0.7);
  EXPECT_NEAR(found.offsets[2].seconds, 0.9, 0.015) << "found beside it";
  EXPECT_THAT(found.messages, SizeIs(2));
  EXPECT_THAT(found.messages[0], HasSubstr("given by hand"));
}

TEST(RangeOffsets, that_are_all_given_by_hand_are_not_looked_for) {
  const Videos videos{{0, 0.5}};
  OffsetEvidence evidence = videos.evidence();
  evidence.by_hand = {{}, 0.0};
  Progress progress;
  progress.stop_requested = [] { return true; };
  const RangeOffsets found = range_offsets(videos.frames(), evidence, progress);
  EXPECT_EQ(found.offsets[1].source, Source::hand);
  EXPECT_THAT(found.messages, IsEmpty()) << "they began together";
}

TEST(RangeOffsets, of_one_camera_or_one_frame_are_unknown) {
  const Videos one{{0}}, two{{0, 0.5}};
  EXPECT_EQ(range_offsets(one.frames(), one.evidence()).offsets[0].source, Source::none);
  EXPECT_EQ(range_offsets({two.frames()[0]}, two.evidence()).offsets[1].source, Source::none);
}

TEST(Clocks, of_another_camera_are_followed_also_where_it_has_no_picture) {
  TrackedFrames frames(4);
  for (int f = 0; f < 4; ++f) {
    frames[std::size_t(f)].time = f;
    frames[std::size_t(f)].camera_times = {double(f), f == 2 ? kUnknown : f + 0.25};
  }
  frames[0].camera_times[1] = kUnknown;
  follow_clock(frames, 1);
  for (int f = 0; f < 4; ++f) EXPECT_EQ(frames[std::size_t(f)].time, f + 0.25) << f;
  follow_clock(frames, 5);
  EXPECT_EQ(frames[0].time, 0.25) << "there is no such camera";
}

}  // namespace
}  // namespace ahap

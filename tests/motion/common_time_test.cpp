#include "reconstruction/motion/common_time.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace ahap {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Camera 0 at 25 frames a second; camera 1 with a clock that begins `late` seconds later and its own rate.
// Both see one point that moves by 100 pixels a second of the capture.
TrackedFrames two_cameras(int frames, double late, double rate = 25) {
  TrackedFrames range;
  for (int f = 0; f < frames; ++f) {
    TrackedFrame& frame = range.emplace_back();
    frame.number = f;
    frame.time = f / 25.0;
    frame.camera_times = {f / 25.0, f / rate};
    for (int view = 0; view < 2; ++view) {
      PersonObservation& person = frame.people.emplace_back();
      person.view = view;
      const double true_time = frame.camera_times[view] + (view == 1 ? late : 0);
      person.points[kNose] = {{100 * true_time, 50}, 2};
      frame.tracklets.push_back(view);
    }
  }
  return range;
}

std::vector<CameraOffset> offset_of_second(double seconds) {
  return {{}, {.seconds = seconds, .drift = 0, .sigma = 0.01, .source = CameraOffset::Source::motion}};
}

double nose_of_second(const TrackedFrame& frame) {
  for (const PersonObservation& person : frame.people) {
    if (person.view == 1) return person.points[kNose].pixel.x();
  }
  return std::nan("");
}

TEST(CommonTimes, CamerasInTimeStayAsTheyAre) {
  const TrackedFrames frames = two_cameras(10, 0), same = at_common_times(frames);
  ASSERT_EQ(same.size(), 10u);
  for (int f = 0; f < 10; ++f) EXPECT_NEAR(nose_of_second(same[f]), 4 * f, 1e-9);
}

TEST(CommonTimes, ACameraThatBeganLaterIsInterpolated) {
  const TrackedFrames frames = two_cameras(20, 0.1);  // two and a half frames
  const TrackedFrames common = at_common_times(frames, offset_of_second(0.1));
  for (int f = 0; f < 20; ++f) {
    if (common[f].time < 0.1 - 1e-9) {
      EXPECT_TRUE(std::isnan(nose_of_second(common[f]))) << "it had not begun by then";
    } else {
      EXPECT_NEAR(nose_of_second(common[f]), 100 * common[f].time, 1e-6) << f;
    }
  }
  EXPECT_THAT(frame_shifts(frames, offset_of_second(0.1)), ElementsAre(0, ::testing::AnyOf(-2, -3)));
}

TEST(CommonTimes, AnotherFrameRateIsMatchedByTime) {
  const TrackedFrames common = at_common_times(two_cameras(50, 0, 50));
  for (int f = 0; f < 24; ++f) EXPECT_NEAR(nose_of_second(common[f]), 100 * common[f].time, 1e-6) << f;
  EXPECT_TRUE(std::isnan(nose_of_second(common[40]))) << "by then it has ended";
}

TEST(CommonTimes, NothingIsInventedInGaps) {
  TrackedFrames frames = two_cameras(40, 0.1);
  for (int f = 10; f < 20; ++f) {
    frames[f].people.pop_back();
    frames[f].tracklets.pop_back();
  }
  const TrackedFrames common = at_common_times(frames, offset_of_second(0.1));
  EXPECT_TRUE(std::isnan(nose_of_second(common[17])));
  EXPECT_FALSE(std::isnan(nose_of_second(common[30])));
}

TEST(CommonTimes, UnknownOffsetsChangeNothing) {
  const TrackedFrames frames = two_cameras(5, 0.1), same = at_common_times(frames, {{}, {}});
  EXPECT_EQ(nose_of_second(same[3]), nose_of_second(frames[3]));
  EXPECT_THAT(at_common_times({}), IsEmpty());
}

}  // namespace
}  // namespace ahap

#include "reconstruction/motion/synchronisation.h"

#include <gmock/gmock.h>

#include "tests/motion/filmed_people.h"

namespace ahap {
namespace {

using ::testing::Each;
using ::testing::Field;
using Source = CameraOffset::Source;

constexpr double kSeconds = 5;

// Cameras around some people, who are filmed.
struct Scene {
  SimulatedCapture capture;
  std::vector<MovingPerson> people;
  std::vector<Filming> filming;

  Scene(unsigned seed, std::vector<Filming> filming, int people_count = 2, double seconds = kSeconds,
        double moves = 1)
      : capture(simulate_capture(seed, int(filming.size()), 0)), filming(std::move(filming)) {
    for (int p = 0; p < people_count; ++p) people.emplace_back(seed * 10 + unsigned(p), seconds, moves);
  }
  int cameras() const { return int(filming.size()); }

  std::vector<MotionTrack> tracks(double seconds = kSeconds, double unseen = 0.05) const {
    std::vector<MotionTrack> tracks;
    for (int camera = 0; camera < cameras(); ++camera) {
      for (std::size_t p = 0; p < people.size(); ++p)
        tracks.push_back(filmed(people[p], capture.cameras[std::size_t(camera)], camera,
                                filming[std::size_t(camera)], seconds, unsigned(p) + 1, unseen));
    }
    return tracks;
  }
  MotionSynchronisation known_cameras() const {
    return {.cameras = {capture.cameras.begin(), capture.cameras.end()}, .start = {}};
  }
};

// All offsets are known, right to `seconds`, and claim no more.
void expect_right(const std::vector<CameraOffset>& offsets, const std::vector<Filming>& filming,
                  double seconds, Source source = Source::motion) {
  ASSERT_EQ(offsets.size(), filming.size());
  for (std::size_t camera = 0; camera < filming.size(); ++camera) {
    EXPECT_EQ(offsets[camera].source, source) << camera;
    EXPECT_NEAR(offsets[camera].seconds, filming[camera].start - filming[0].start, seconds) << camera;
    EXPECT_LT(offsets[camera].sigma, 2 * seconds) << camera;
  }
}

const auto kUnknown = Each(Field(&CameraOffset::source, Source::none));

TEST(OffsetsFromMotion, AreRightToAFractionOfAFrameWithoutCameras) {
  const Scene scene(1, {{.start = 0.3}, {.start = 0.537}, {.start = 0}});
  expect_right(offsets_from_motion(scene.tracks(), 3), scene.filming, 0.008);
}

TEST(OffsetsFromMotion, AreSharperWithKnownCameras) {
  const Scene scene(2, {{.start = 0}, {.start = 1.213}, {.start = 0.1}});
  expect_right(offsets_from_motion(scene.tracks(), 3, scene.known_cameras()), scene.filming, 0.004);
}

TEST(OffsetsFromMotion, AreRightBetweenFrameRates) {
  const Scene scene(3, {{.start = 0.2, .fps = 25}, {.start = 0, .fps = 29.97}, {.start = 0.71, .fps = 60}});
  expect_right(offsets_from_motion(scene.tracks(), 3), scene.filming, 0.008);
}

TEST(OffsetsFromMotion, NeedNeitherAllJointsNorUnbrokenTracks) {
  const Scene scene(4, {{.start = 0}, {.start = 0.4}});
  std::vector<MotionTrack> broken;
  for (const MotionTrack& track : scene.tracks(kSeconds, 0.35)) {
    const auto middle = std::ptrdiff_t(track.times.size() * 2 / 5);
    for (const auto& [begin, end] :
         {std::pair(std::ptrdiff_t(0), middle), std::pair(middle + 6, std::ptrdiff_t(track.times.size()))}) {
      broken.push_back({track.camera,
                        {track.times.begin() + begin, track.times.begin() + end},
                        {track.points.begin() + begin, track.points.begin() + end}});
    }
  }
  expect_right(offsets_from_motion(broken, 2), scene.filming, 0.01);
}

TEST(OffsetsFromMotion, AreUnknownWhereEverybodyStandsStill) {
  const Scene scene(5, {{.start = 0}, {.start = 0.4}}, 2, kSeconds, 0);
  EXPECT_THAT(offsets_from_motion(scene.tracks(), 2), kUnknown);
  EXPECT_THAT(offsets_from_motion(scene.tracks(), 2, scene.known_cameras()), kUnknown);
}

TEST(OffsetsFromMotion, AreUnknownWhereTheSameMovementComesAgainAndAgain) {
  Scene scene(6, {{.start = 0}, {.start = 0.4}}, 0);
  scene.people.push_back(MovingPerson::repeating(6, kSeconds, 1.1));
  EXPECT_THAT(offsets_from_motion(scene.tracks(), 2), kUnknown);
}

TEST(OffsetsFromMotion, AreUnknownBetweenStrangers) {
  const Scene scene(7, {{.start = 0}, {.start = 0.4}});
  std::vector<MotionTrack> tracks = scene.tracks();
  std::erase_if(tracks, [&, n = 0](const MotionTrack&) mutable { return n++ % 3 != 0; });
  ASSERT_EQ(tracks.size(), 2u) << "the first person in one camera, the second in the other";
  EXPECT_THAT(offsets_from_motion(tracks, 2), kUnknown);
}

TEST(OffsetsFromMotion, OfCamerasThatSeeNobodyAreUnknown) {
  const Scene scene(8, {{.start = 0}, {.start = 0.4}, {.start = 0.2}});
  for (const int blind : {0, 2}) {
    std::vector<MotionTrack> tracks = scene.tracks();
    std::erase_if(tracks, [&](const MotionTrack& track) { return track.camera == blind; });
    const std::vector<CameraOffset> offsets = offsets_from_motion(tracks, 3);
    const int reference = blind == 0 ? 1 : 0, other = 3 - blind - reference;
    EXPECT_EQ(offsets[blind].source, Source::none);
    EXPECT_EQ(offsets[reference].seconds, 0) << "the first of the others is the reference";
    EXPECT_NEAR(offsets[other].seconds, scene.filming[other].start - scene.filming[reference].start, 0.01);
  }
  EXPECT_THAT(offsets_from_motion({}, 3), kUnknown);
}

TEST(OffsetsFromMotion, FindACameraWhoseClockIsWrong) {
  constexpr double kLong = 40;
  const Scene scene(9, {{.start = 0, .fps = 15}, {.start = 0.4, .fps = 15, .drift = 1e-3}}, 1, kLong);
  const std::vector<CameraOffset> offsets =
      offsets_from_motion(scene.tracks(kLong), 2, scene.known_cameras());
  expect_right(offsets, scene.filming, 0.01);
  EXPECT_NEAR(offsets[1].drift, 1e-3, 2e-4);
}

TEST(OffsetsFromMotion, BeginFromWhatIsKnownAndKeepItWhereNobodyMoves) {
  const std::vector<CameraOffset> start = {{.source = Source::sound},
                                           {.seconds = 0.42, .sigma = 0.01, .source = Source::sound}};
  for (const double moves : {0.0, 1.0}) {
    const Scene scene(10, {{.start = 0}, {.start = 0.4}}, 2, kSeconds, moves);
    const auto offsets = offsets_from_motion(scene.tracks(), 2, {.cameras = {}, .start = start});
    EXPECT_EQ(offsets[1].source, moves > 0 ? Source::motion : Source::sound);
    EXPECT_NEAR(offsets[1].seconds, moves > 0 ? 0.4 : 0.42, 0.008);
  }
}

TEST(MotionTracks, AreTheTrackletsOfFrames) {
  TrackedFrames frames(3);
  for (int f = 0; f < 3; ++f) {
    frames[std::size_t(f)].time = 0.1 * f;
    for (int view = 0; view < (f == 1 ? 1 : 2); ++view) {
      PersonObservation person;
      person.view = view;
      person.points[kNose] = {{f, view}, 1};
      frames[std::size_t(f)].people.push_back(person);
      frames[std::size_t(f)].tracklets.push_back(view);
    }
  }
  const std::vector<MotionTrack> tracks = motion_tracks(frames);
  ASSERT_EQ(tracks.size(), 2u);
  EXPECT_EQ(tracks[1].camera, 1);
  EXPECT_THAT(tracks[1].times, ::testing::ElementsAre(0, 0.2));
  EXPECT_EQ(tracks[1].points[1][kNose].pixel, Eigen::Vector2d(2, 1));
}

}  // namespace
}  // namespace ahap

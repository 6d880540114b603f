#include "app/cli/range_request.h"

#include <gmock/gmock.h>

#include <stdexcept>

#include "tests/fixtures/temporary_folder.h"

namespace ahap {
namespace {

using namespace testing;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Pair;

Capture two_videos() {
  Capture capture;
  capture.cameras = {{.name = "cam1.mp4", .kind = CameraKind::video, .paths = {"/a/cam1.mp4"}, .fps = 25},
                     {.name = "cam2.mp4", .kind = CameraKind::video, .paths = {"/a/cam2.mp4"}, .fps = 50}};
  return capture;
}

TEST(Offsets, are_seconds_or_frames_of_a_camera) {
  const OffsetByHand seconds = parse_offset("cam2=+0.35"), frames = parse_offset("a=b.mp4=-4f");
  EXPECT_EQ(seconds.camera, "cam2");
  EXPECT_EQ(seconds.amount, 0.35);
  EXPECT_FALSE(seconds.in_frames);
  EXPECT_EQ(frames.camera, "a=b.mp4");
  EXPECT_EQ(frames.amount, -4);
  EXPECT_TRUE(frames.in_frames);
  for (const char* text :
       {"", "cam2", "=1", "cam2=", "cam2=f", "cam2=x", "cam2=1s", "cam2=nan", "cam2=1e99", "cam2=--1"})
    EXPECT_THROW(parse_offset(text), std::invalid_argument) << text;
}

TEST(Offsets, belong_to_cameras_by_their_names_with_or_without_extension) {
  const auto offsets = offsets_of(two_videos(), {parse_offset("cam2=-5f"), parse_offset("cam1.mp4=0.5")});
  ASSERT_EQ(offsets.size(), 2u);
  EXPECT_EQ(offsets[0], 0.5);
  EXPECT_EQ(offsets[1], -0.1) << "at 50 frames a second";
  EXPECT_EQ(offsets_of(two_videos(), {})[0], std::nullopt);
}

TEST(Offsets, of_nobody_are_refused_with_the_names_there_are) {
  const auto refusal = [](const std::string& a, const std::string& b = "cam1=0") {
    return sentence_of([&] { offsets_of(two_videos(), {parse_offset(a), parse_offset(b)}); });
  };
  EXPECT_THAT(refusal("cam3=1"),
              AllOf(HasSubstr("no camera is called cam3"), HasSubstr("cam1.mp4, cam2.mp4")));
  EXPECT_THAT(refusal("cam1=1"), HasSubstr("cam1 has two offsets"));
  EXPECT_THAT(refusal("cam2=100000"), HasSubstr("more than a day"));
}

TEST(KeptObservationsOfRuns, lie_beside_the_output_folder) {
  EXPECT_EQ(observations_file("/r/out"), "/r/out.observations");
  EXPECT_EQ(observations_file("/r/out/"), "/r/out.observations");
  EXPECT_EQ(observations_file("out/../b"), std::filesystem::current_path() / "b.observations");
}

TEST(KeptObservationsOfRuns, depend_on_files_frames_and_options) {
  const TemporaryFolder place;
  write_bytes(place / "cam1.mp4", "film");
  Capture capture;
  capture.cameras = {{.name = "cam1.mp4", .kind = CameraKind::video, .paths = {place / "cam1.mp4"}}};
  Options options;
  options.load.model = AHAP_ASSET_DIR "/models/compact";
  const auto terms = [&](const std::vector<int>& frames) {
    return observation_terms(capture, frames, options);
  };
  const ObservationTerms before = terms({0, 2, 4});
  EXPECT_EQ(terms({0, 2, 4}), before);
  EXPECT_THAT(before, Contains(Pair("the choice of frames", "0 to 4, 1 in 2")));
  EXPECT_THAT(before, Contains(Pair((place / "cam1.mp4").string(), HasSubstr("4 bytes, written 2"))));
  EXPECT_NE(terms({0, 1, 2}), before);
  options.detection_threshold = 0.5;
  EXPECT_NE(terms({0, 2, 4}), before);
  options.detection_threshold = -1;
  write_bytes(place / "cam1.mp4", "film and more");
  EXPECT_NE(terms({0, 2, 4}), before);
}

}  // namespace
}  // namespace ahap

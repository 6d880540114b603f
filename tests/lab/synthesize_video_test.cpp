#include <gmock/gmock.h>

#include "tests/cli/program.h"

namespace ahap {
namespace {

using namespace testing;
using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(SynthesizeVideo, makes_a_capture_that_the_program_reads) {
  const TemporaryFolder place;
  Program synthesize({"synthesize", "-o", place.path().string(), "--video", "--frames", "3", "--views", "2",
                      "--people", "2", "--width", "96", "--height", "64", "--samples", "1", "--moving"});
  ASSERT_EQ(synthesize.status(), 0) << synthesize.err();
  Program info({"info", (place / "0000").string()});
  EXPECT_EQ(info.status(), 0) << info.err();
  EXPECT_THAT(info.out(), StartsWith("capture: 2 cameras, 3 frames"));
}

TEST(SynthesizeVideo, options_of_videos_need_a_video) {
  const TemporaryFolder place;
  Program synthesize({"synthesize", "-o", place.path().string(), "--frames", "3"});
  EXPECT_EQ(synthesize.status(), 2);
  EXPECT_THAT(synthesize.err(), HasSubstr("--video"));
}

}  // namespace
}  // namespace ahap

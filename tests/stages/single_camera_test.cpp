#include "reconstruction/stages/single_camera.h"

#include <gmock/gmock.h>

#include "tests/fixtures/clip.h"
#include "tests/fixtures/temporary_folder.h"

namespace ahap {
namespace {

using namespace testing;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

View frame(int number, int width = 32, int height = 8) {
  return moving_pattern("film.mp4", number, 25, width, height);
}

TEST(SingleCamera, takes_pictures_of_the_first_ones_size_and_counts_the_others) {
  SingleCamera camera("Human3R");
  EXPECT_EQ(camera.usable_view({}), nullptr);
  EXPECT_FALSE(camera.found());
  const std::vector<View> first = {frame(0)}, small = {frame(1, 16, 8)}, next = {frame(2)};
  EXPECT_EQ(camera.usable_view(first), first.data());
  EXPECT_EQ(camera.usable_view(small), nullptr);
  EXPECT_EQ(camera.usable_view(next), next.data());
  EXPECT_EQ(camera.width(), 32);
  EXPECT_EQ(camera.height(), 8);
  EXPECT_EQ(camera.view().name, "film.mp4");
  EXPECT_THAT(camera.messages(),
              ElementsAre("Pictures of another size than the first one (32 x 8 pixels) are left out: 1."));
}

TEST(SingleCamera, says_that_a_calibration_is_not_used) {
  SingleCamera camera("Human3R");
  View known = frame(0);
  known.known.emplace();
  camera.usable_view({known});
  EXPECT_THAT(camera.messages(),
              ElementsAre("Human3R finds the camera by itself: its calibration is not used."));
}

TEST(SingleCamera, refuses_a_second_camera_in_a_frame_and_in_a_later_one) {
  View other = frame(0);
  other.name = "other.mp4";
  other.camera = 1;
  const auto refusal =
      AllOf(HasSubstr("UniSH takes one camera"), HasSubstr("film.mp4"), HasSubstr("other.mp4"));
  SingleCamera camera("UniSH");
  EXPECT_THAT(sentence_of([&] { camera.usable_view({frame(0), other}); }), refusal);
  camera.usable_view({frame(0)});
  EXPECT_THAT(camera.messages(), IsEmpty());
  EXPECT_THAT(sentence_of([&] { camera.usable_view({other}); }), refusal);
}

}  // namespace
}  // namespace ahap

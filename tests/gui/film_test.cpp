#include "app/gui/film.h"

#include <gtest/gtest.h>

#include "app/gui/picture.h"
#include "reconstruction/capture/video.h"
#include "renderer/headless_context.h"
#include "tests/fixtures/sample_range.h"
#include "tests/fixtures/sample_reconstruction.h"
#include "tests/fixtures/temporary_folder.h"
#include "tests/gui/identity_pixels.h"

namespace ahap {
namespace {

using namespace testing;

FilmScene sample_scene() {
  return {.result = std::make_shared<const Reconstruction>(sample_reconstruction())};
}

FilmPlan small_plan(int frames) {
  return {.width = 240, .height = 160, .frames_per_second = 10, .frames = frames, .labels = false};
}

TEST(Film, a_turntable_goes_once_around_both_people_and_ends_where_it_began) {
  const HeadlessContext context;
  const FilmScene scene = sample_scene();
  FilmPlan plan = small_plan(8);
  plan.camera = turntable(scene, plan, 0.5f);
  EXPECT_NEAR(plan.camera(8).yaw - plan.camera(0).yaw, 2 * EIGEN_PI, 1e-4);
  Film film(scene, plan);
  const Image first = film.picture(0);
  for (int i = 0; i < 8; ++i) {
    const Image picture = film.picture(i);
    EXPECT_EQ(picture.width, 240);
    EXPECT_EQ(picture.height, 160);
    EXPECT_EQ(picture.rgb == first.rgb, i == 0);
    EXPECT_GT(identity_pixels(picture, 1), 400) << i;
    EXPECT_GT(identity_pixels(picture, 2), 400) << i;
  }
  const Image end = film.picture(8);
  int changed = 0;
  for (std::size_t i = 0; i < first.rgb.size(); ++i) changed += std::abs(end.rgb[i] - first.rgb[i]) > 8;
  EXPECT_LT(changed, int(first.rgb.size()) / 200);
}

TEST(Film, time_plays_or_stands_still) {
  const HeadlessContext context;
  const FilmScene scene{.result = std::make_shared<const Reconstruction>(sample_range()), .frame = 2};
  FilmPlan plan = small_plan(16);
  plan.camera = [still = turntable(scene, plan, 0.5f)(0)](int) { return still; };
  Film frozen(scene, plan);
  EXPECT_EQ(frozen.picture(0).rgb, frozen.picture(12).rgb);
  plan.plays_time = true;
  Film playing(scene, plan);
  const Image beginning = playing.picture(0);
  EXPECT_EQ(beginning.rgb, playing.picture(1).rgb) << "of eight frames, each is seen twice";
  EXPECT_NE(beginning.rgb, playing.picture(15).rgb);
}

TEST(Film, hides_who_is_hidden) {
  const HeadlessContext context;
  FilmScene scene = sample_scene();
  FilmPlan plan = small_plan(4);
  plan.camera = turntable(scene, plan, 0.5f);
  const int shown = identity_pixels(Film(scene, plan).picture(0), 2);
  scene.state.hidden_people = {2};
  EXPECT_LT(identity_pixels(Film(scene, plan).picture(0), 2), shown / 3);
}

TEST(Film, refuses_what_no_film_can_be) {
  const auto refused = [](int width, int height, int frames) {
    try {
      require_film(width, height, frames);
    } catch (const std::runtime_error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_EQ(refused(1920, 1080, 240), "");
  EXPECT_EQ(refused(5000, 1080, 240),
            "A film of 5000 x 1080 pixels is too large for players: each side has at most 4096");
  EXPECT_EQ(refused(0, -5, 240), "A picture of 0 x -5 pixels cannot be drawn: each side has 16 to 8192");
  EXPECT_EQ(refused(640, 480, film_frames(1e12, 60)),
            "A film has 2 to 36000 frames, not 72000: choose other seconds or another frame rate");
  EXPECT_NE(refused(640, 480, film_frames(0, 60)), "");
}

TEST(RenderTurntable, writes_a_film_that_plays) {
  const TemporaryFolder place;
  const std::string note = render_turntable(
      sample_reconstruction(), {.width = 241, .height = 160, .film_seconds = 0.4}, place / "turn.mp4", {});
  EXPECT_EQ(note, "");
  Video film(place / "turn.mp4");
  ASSERT_EQ(film.index().frame_count(), 12);
  const Image first = film.frame(0)->image, middle = film.frame(6)->image;
  EXPECT_EQ(first.width, 240) << "sides are even";
  EXPECT_EQ(first.height, 160);
  EXPECT_NE(first.rgb, middle.rgb);
  EXPECT_GT(identity_pixels(first, 1), 200);
  EXPECT_GT(identity_pixels(middle, 1), 200);
}

TEST(RenderTurntable, lasts_as_long_as_several_frames_do) {
  EXPECT_DOUBLE_EQ(turntable_seconds(sample_reconstruction(), {}), 8);
  EXPECT_NEAR(turntable_seconds(sample_range(), {}), 8 / 25.0, 1e-6);
  EXPECT_DOUBLE_EQ(turntable_seconds(sample_range(), {.film_seconds = 3}), 3);
}

TEST(RenderTurntable, leaves_nothing_when_it_is_stopped) {
  const TemporaryFolder place;
  int asked = 0;
  Progress progress;
  progress.stop_requested = [&] { return ++asked > 3; };
  EXPECT_THROW(
      render_turntable(sample_reconstruction(), {.width = 160, .height = 120}, place / "turn.mp4", progress),
      Cancelled);
  EXPECT_TRUE(std::filesystem::is_empty(place.path()));
}

}  // namespace
}  // namespace ahap

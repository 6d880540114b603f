#include "reconstruction/motion/shots.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/fixtures/random_geometry.h"

namespace ahap {
namespace {

// A room of its own for every seed, with somebody who walks through it and the noise of a camera.
Image picture_of(unsigned room, double time, int brightness = 0) {
  RandomGeometry of_room(room), noise(unsigned(1000 * time) + 7);
  Image picture(160, 90);
  std::array<std::array<int, 8>, 5> walls;
  for (auto& row : walls)
    for (int& wall : row) wall = int(of_room.uniform(30, 220));
  const int walker = int(20 + 40 * time);
  for (int y = 0; y < picture.height; ++y) {
    for (int x = 0; x < picture.width; ++x) {
      const bool person = std::abs(x - walker) < 8 && y > 20;
      const double value =
          (person ? 60 : walls[std::size_t(y / 18)][std::size_t(x / 20)]) + brightness + noise.normal(3);
      for (int c = 0; c < 3; ++c) picture.pixel(x, y)[c] = std::uint8_t(std::clamp(value, 0.0, 255.0));
    }
  }
  return picture;
}

TEST(Shots, go_on_while_people_walk_and_the_light_changes) {
  ShotWatch watch;
  for (int f = 0; f < 50; ++f) {
    EXPECT_EQ(watch.next(sketch_of(picture_of(1, f / 25.0, f < 25 ? 0 : 35))), 0) << f;
    EXPECT_FALSE(watch.was_cut());
  }
}

TEST(Shots, end_at_a_cut_and_come_back_as_the_same_scene) {
  ShotWatch watch;
  std::vector<int> scenes;
  for (int f = 0; f < 40; ++f) {
    scenes.push_back(watch.next(sketch_of(picture_of(f / 10 == 1 ? 2 : f / 10 == 3 ? 3 : 1, f / 25.0))));
    EXPECT_EQ(watch.was_cut(), f == 10 || f == 20 || f == 30) << f;
  }
  for (int f = 0; f < 40; ++f)
    EXPECT_EQ(scenes[std::size_t(f)], (std::array{0, 1, 0, 2})[std::size_t(f / 10)]) << f;
}

TEST(Shots, go_on_while_a_camera_turns_fast) {
  ShotWatch watch;
  int cuts = 0;
  for (int f = 0; f < 40; ++f) {
    Image picture(160, 90);
    for (int y = 0; y < 90; ++y) {
      for (int x = 0; x < 160; ++x) {
        const double at = x + 12.0 * f;
        const auto value = std::uint8_t(128 + 100 * std::sin(at / 25) * std::cos(y / 30.0 + at / 70));
        for (int c = 0; c < 3; ++c) picture.pixel(x, y)[c] = value;
      }
    }
    watch.next(sketch_of(picture));
    cuts += watch.was_cut();
  }
  EXPECT_EQ(cuts, 0);
}

TEST(Shots, go_on_where_every_picture_is_another_place) {
  ShotWatch watch;
  for (int f = 0; f < 12; ++f) EXPECT_EQ(watch.next(sketch_of(picture_of(unsigned(f), 0))), 0) << f;
}

TEST(Shots, tell_a_black_picture_from_a_dark_one) {
  EXPECT_TRUE(is_black(sketch_of(Image(64, 48))));
  Image noisy(64, 48);
  RandomGeometry random(3);
  for (auto& value : noisy.rgb) value = std::uint8_t(std::abs(random.normal(4)));
  EXPECT_TRUE(is_black(sketch_of(noisy)));
  for (int y = 20; y < 48; ++y)
    for (int x = 20; x < 40; ++x) noisy.pixel(x, y)[1] = 90;
  EXPECT_FALSE(is_black(sketch_of(noisy)));
  EXPECT_TRUE(is_black(sketch_of(Image())));
  Image tiny(1, 1);
  tiny.rgb = {200, 200, 200};
  EXPECT_FALSE(is_black(sketch_of(tiny)));
}

}  // namespace
}  // namespace ahap

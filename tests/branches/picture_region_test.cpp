#include "reconstruction/branches/photo/picture_region.h"

#include <gtest/gtest.h>

#include <cmath>

namespace ahap {
namespace {

// Red grows to the right, green downwards.
Image ramp(int width, int height) {
  Image image(width, height);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      image.pixel(x, y)[0] = std::uint8_t(x);
      image.pixel(x, y)[1] = std::uint8_t(y);
    }
  }
  return image;
}

TEST(PictureRegionTest, PixelsAndRegionPointsAreInverse) {
  const PictureRegion region{.center = {70, 40}, .side = 50, .angle = 0.7};
  const Eigen::Vector2d pixel(61, 52);
  EXPECT_NEAR((region.to_picture(region.from_picture(pixel, 256), 256) - pixel).norm(), 0, 1e-9);
  EXPECT_NEAR((region.to_picture({128, 128}, 256) - region.center).norm(), 0, 1e-9);
}

TEST(PictureRegionTest, ATurnedRegionHasItsUpWhereTheAngleSays) {
  const PictureRegion region{.center = {0, 0}, .side = 2, .angle = M_PI / 2};
  const Eigen::Vector2d top = region.to_picture({1, 0}, 2);  // the middle of the upper edge
  EXPECT_NEAR(top.x(), 1, 1e-9) << "a quarter turn clockwise: up points right";
  EXPECT_NEAR(top.y(), 0, 1e-9);
}

TEST(PictureRegionTest, SamplesAreThePicturesColoursAtThosePlaces) {
  const Image image = ramp(120, 100);
  const PictureRegion region{.center = {60, 50}, .side = 64, .angle = 0.3};
  const auto pixels = sample_region(image, region, 32, Outside::black);
  const auto at = pixels.accessor<float, 3>();
  for (const auto& [u, v] : {std::pair{5, 9}, {16, 16}, {30, 2}}) {
    const Eigen::Vector2d expected = region.to_picture({u + 0.5, v + 0.5}, 32) - Eigen::Vector2d(0.5, 0.5);
    EXPECT_NEAR(at[0][v][u], expected.x(), 0.01);
    EXPECT_NEAR(at[1][v][u], expected.y(), 0.01);
  }
}

TEST(PictureRegionTest, OutsideIsBlackOrTheEdge) {
  Image image(10, 10);
  std::fill(image.rgb.begin(), image.rgb.end(), std::uint8_t(200));
  const PictureRegion region{.center = {-20, 5}, .side = 8, .angle = 0};
  EXPECT_EQ(sample_region(image, region, 8, Outside::black).max().item<float>(), 0);
  EXPECT_NEAR(sample_region(image, region, 8, Outside::edge).min().item<float>(), 200, 1e-3);
}

TEST(ScalePictureTest, ShrinksByAreaToTheTopLeftOfABlackMultipleOf32) {
  Image image(200, 100);
  for (int y = 0; y < 100; ++y) {
    for (int x = 0; x < 200; ++x) image.pixel(x, y)[0] = std::uint8_t(x % 2 ? 100 : 0);
  }
  const ScaledPicture scaled = scale_picture(image, 100);
  EXPECT_EQ(scaled.pixels.sizes(), (std::vector<std::int64_t>{3, 64, 128}));
  EXPECT_DOUBLE_EQ(scaled.scale, 0.5);
  const auto red = scaled.pixels[0];
  EXPECT_NEAR(red.slice(0, 0, 50).slice(1, 0, 100).sub(50).abs().max().item<float>(), 0, 1e-3)
      << "stripes become their mean";
  EXPECT_EQ(red.slice(0, 50).max().item<float>(), 0);
  EXPECT_EQ(red.slice(1, 100).max().item<float>(), 0);
}

TEST(ScalePictureTest, TinyAndVeryLongPicturesHaveAnAnswer) {
  EXPECT_EQ(scale_picture(ramp(1, 1), 256).pixels.sizes(), (std::vector<std::int64_t>{3, 256, 256}));
  EXPECT_EQ(scale_picture(ramp(250, 1), 256).pixels.sizes(), (std::vector<std::int64_t>{3, 32, 256}));
}

TEST(TurnedTest, PixelsOfTheTurnedPictureLieWhereTheyCameFrom) {
  const Image image = ramp(7, 4);
  for (int turns = 0; turns < 4; ++turns) {
    const Image result = turned(image, turns);
    for (int y = 0; y < result.height; ++y) {
      for (int x = 0; x < result.width; ++x) {
        const Eigen::Vector2d source = turned_back({x + 0.5, y + 0.5}, turns, 7, 4);
        EXPECT_EQ(result.pixel(x, y)[0], int(source.x()));
        EXPECT_EQ(result.pixel(x, y)[1], int(source.y()));
      }
    }
  }
  EXPECT_EQ(turned(image, 1).pixel(3, 0)[1], 0) << "clockwise: the top row becomes the right column";
}

}  // namespace
}  // namespace ahap

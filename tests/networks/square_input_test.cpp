#include "reconstruction/networks/square_input.h"

#include <gtest/gtest.h>

#include <Eigen/Geometry>

namespace ahap {
namespace {

TEST(SquareInput, PointsMoveThereAndBack) {
  const SquarePlacement placement = square_placement(1920, 1080, 224);
  const Eigen::Vector2d pixel(301.5, 77.25);
  EXPECT_NEAR((placement.to_original(placement.to_input(pixel)) - pixel).norm(), 0, 1e-9);
  EXPECT_NEAR((placement.to_input({960, 540}) - Eigen::Vector2d(112, 112)).norm(), 0, 1e-9)
      << "centre stays centre";
}

TEST(SquareInput, IntrinsicsMoveWithThePoints) {
  const SquarePlacement placement = square_placement(640, 480, 224);
  Eigen::Matrix3d K;
  K << 500, 0, 320, 0, 500, 240, 0, 0, 1;
  const Eigen::Vector3d X(0.3, -0.2, 2);
  const Eigen::Vector2d original = (K * X).hnormalized(), input = (placement.K_to_input(K) * X).hnormalized();
  EXPECT_NEAR((placement.to_input(original) - input).norm(), 0, 1e-9);
  EXPECT_TRUE(placement.K_to_original(placement.K_to_input(K)).isApprox(K, 1e-12));
}

TEST(SquareInput, PadsWithBlackAndKeepsColours) {
  Image image(20, 10);
  std::fill(image.rgb.begin(), image.rgb.end(), std::uint8_t(255));
  const SquareInput input = square_input({&image}, 20);
  EXPECT_FLOAT_EQ(input.images[0][0][0][10].item<float>(), 0) << "padding above";
  EXPECT_FLOAT_EQ(input.images[0][0][10][10].item<float>(), 1) << "picture in the middle";
  EXPECT_FLOAT_EQ(input.images[0][2][19][10].item<float>(), 0) << "padding below";
}

TEST(SquareInput, ShrinkingAveragesWhatItCovers) {
  Image image(64, 64);  // alternating black and white columns
  for (int y = 0; y < 64; ++y) {
    for (int x = 1; x < 64; x += 2) std::fill_n(image.pixel(x, y), 3, std::uint8_t(255));
  }
  const SquareInput input = square_input({&image}, 16);
  EXPECT_NEAR((input.images.slice(3, 2, 14) - 0.5).abs().max().item<float>(), 0, 0.02);
}

TEST(SquareInput, OfficialFiltersPadByWholePixels) {
  Image image(33, 10);
  std::fill(image.rgb.begin(), image.rgb.end(), std::uint8_t(255));
  for (const SquareFilter filter : {SquareFilter::bicubic, SquareFilter::area_cubic}) {
    const SquareInput input =
        square_input({&image}, 70, filter);  // 70 x 21: 24.5 rows of padding, rounded to 24
    EXPECT_EQ(input.placements[0].offset, Eigen::Vector2d(0, 24));
    EXPECT_EQ(input.images[0][0][23].max().item<float>(), 0);
    EXPECT_EQ(input.images[0][0][24].min().item<float>(), 1);
    EXPECT_EQ(input.images[0][0][44].min().item<float>(), 1);
    EXPECT_EQ(input.images[0][0][45].max().item<float>(), 0);
    EXPECT_TRUE(input.images.is_contiguous());
  }
}

}  // namespace
}  // namespace ahap

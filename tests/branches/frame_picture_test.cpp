#include "reconstruction/branches/human3r/frame_picture.h"

#include <gmock/gmock.h>

#include "reconstruction/branches/human3r/frame_geometry.h"
#include "tests/fixtures/temporary_folder.h"

namespace ahap {
namespace {

using ::testing::HasSubstr;

std::array<int, 4> size_and_crop(int width, int height) {
  const FramePlacement placement = frame_placement(width, height);
  return {placement.width, placement.height, int(placement.crop.x()), int(placement.crop.y())};
}

TEST(FramePicture, has_512_pixels_on_its_long_side_and_multiples_of_16) {
  EXPECT_EQ(size_and_crop(1920, 1080), (std::array{512, 288, 0, 0}));
  EXPECT_EQ(size_and_crop(1080, 1920), (std::array{288, 512, 0, 0}));
  EXPECT_EQ(size_and_crop(640, 480), (std::array{512, 384, 0, 0}));
  EXPECT_EQ(size_and_crop(96, 64), (std::array{512, 336, 0, 2})) << "341 rows, of which 336 about the middle";
  EXPECT_EQ(size_and_crop(600, 600), (std::array{512, 384, 0, 64})) << "square pictures lose a quarter";
  EXPECT_THAT(testing::sentence_of([] { frame_placement(2000, 40); }),
              HasSubstr("2000 x 40 pixels is too narrow"));
}

TEST(FramePicture, is_the_picture_itself_where_that_has_the_size) {
  Image image(512, 384);
  for (std::size_t i = 0; i < image.rgb.size(); ++i) image.rgb[i] = std::uint8_t(i * 31 % 256);
  const auto picture = frame_picture(image, frame_placement(512, 384));
  ASSERT_EQ(picture.sizes(), (std::vector<std::int64_t>{1, 3, 384, 512}));
  for (const auto& [x, y] : {std::pair(0, 0), {511, 383}, {77, 200}})
    for (int c = 0; c < 3; ++c)
      EXPECT_NEAR(picture[0][c][y][x].item<double>(), image.pixel(x, y)[c] / 127.5 - 1, 1e-6);
}

TEST(FramePicture, shows_the_middle_of_the_original) {
  Image image(1024, 1024);  // brighter from row to row
  for (int y = 0; y < 1024; ++y) std::fill_n(image.pixel(0, y), 3 * 1024, std::uint8_t(y / 4));
  const FramePlacement placement = frame_placement(1024, 1024);
  const auto picture = frame_picture(image, placement);
  for (const int row : {0, 100, 383}) {
    const double original = placement.to_original({10.5, row + 0.5}).y();
    EXPECT_NEAR((picture[0][0][row][10].item<double>() + 1) * 127.5, original / 4 - 0.5, 0.6) << row;
  }
}

// A camera that sees points exactly: its focal length is found, and it sees them at the original's pixels.
TEST(FramePicture, has_intrinsics_that_hold_for_the_original) {
  const FramePlacement placement = frame_placement(96, 64);
  const std::int64_t H = placement.height, W = placement.width;
  const double focal_length = 400;
  const auto y = torch::arange(H).view({-1, 1}).expand({H, W}) - H / 2,
             x = torch::arange(W).expand({H, W}) - W / 2;
  const auto depth = 2 + 0.001 * torch::arange(H * W).view({H, W});
  const auto points = torch::stack({x * depth / focal_length, y * depth / focal_length, depth}, -1);
  const Eigen::Matrix3d K = placement.intrinsics(focal_of_points(points));
  for (const auto& [column, row] : {std::pair(0, 0), {300, 20}, {511, 335}}) {
    const auto X = points[row][column];
    const Eigen::Vector3d seen =
        K * Eigen::Vector3d(X[0].item<double>(), X[1].item<double>(), X[2].item<double>());
    EXPECT_LT((seen.hnormalized() - placement.to_original({column + 0.5, row + 0.5})).norm(), 1e-3);
  }
}

}  // namespace
}  // namespace ahap

#include "reconstruction/networks/resize.h"

#include <gtest/gtest.h>

#include "reconstruction/branches/depth_anything3/depth_anything3_pictures.h"
#include "reconstruction/checkpoints/checkpoint.h"

namespace ahap {
namespace {

Image image_of(const torch::Tensor& pixels) {  // (H, W, 3) uint8
  Image image(int(pixels.size(1)), int(pixels.size(0)));
  std::copy_n(pixels.contiguous().data_ptr<std::uint8_t>(), image.rgb.size(), image.rgb.begin());
  return image;
}

// Bytes that differ; by more than one level none may.
int differing(const Image& image, const torch::Tensor& pixels) {
  EXPECT_EQ(image.width, pixels.size(1));
  EXPECT_EQ(image.height, pixels.size(0));
  const Image other = image_of(pixels);
  int count = 0;
  for (std::size_t i = 0; i < image.rgb.size(); ++i) {
    EXPECT_LE(std::abs(image.rgb[i] - other.rgb[i]), 1);
    count += image.rgb[i] != other.rgb[i];
  }
  return count;
}

TEST(Resize, AreaAndCubicAreThoseOfOpenCV) {
  const Checkpoint units = read_checkpoint(AHAP_TEST_DATA "/da3/units.safetensors");
  const Image image = image_of(units.at("resize.in_u8"));
  for (const int resolution : {70, 98, 154, 200}) {
    const std::string name = "resize.res" + std::to_string(resolution);
    const auto first = units.at(name + "_step1_u8");
    auto* resize = resolution < image.width ? resize_area : resize_cubic;
    EXPECT_EQ(differing(resize(image, int(first.size(1)), int(first.size(0))), first), 0) << resolution;
    // OpenCV rounds ties of the cubic filter upwards in the last few bytes of a row, to even in all others.
    EXPECT_LE(differing(process_picture(image, resolution), units.at(name + "_step2_u8")), 1) << resolution;
  }
}

TEST(Resize, SizesFollowTheOfficialRule) {
  const auto rule = read_checkpoint(AHAP_TEST_DATA "/da3/units.safetensors").at("resize_rule");
  for (std::int64_t row = 0; row < rule.size(0); ++row) {
    const auto at = [&](int column) { return rule[row][column].item<int>(); };
    const PictureSize first = longest_side_to({at(0), at(1)}, at(2)), second = to_whole_patches(first);
    EXPECT_EQ(std::pair(first.width, first.height), std::pair(at(3), at(4))) << row;
    EXPECT_EQ(std::pair(second.width, second.height), std::pair(at(5), at(6))) << row;
  }
}

TEST(DepthAnything3Pictures, AreCroppedToTheSmallestOfThem) {
  const Image wide(280, 140), tall(140, 280);
  EXPECT_EQ(depth_anything3_images({&wide, &tall}, 140).sizes(), (std::vector<std::int64_t>{2, 3, 70, 70}));
}

TEST(Resize, AnEvenPictureStaysEven) {
  Image grey(37, 23);
  std::fill(grey.rgb.begin(), grey.rgb.end(), std::uint8_t(201));
  for (auto* resize : {resize_area, resize_cubic, resize_bicubic, resize_lanczos}) {
    for (const auto& [width, height] : {std::pair(11, 7), {90, 64}, {37, 23}, {1, 1}}) {
      const Image result = resize(grey, width, height);
      EXPECT_TRUE(std::all_of(result.rgb.begin(), result.rgb.end(), [](int value) { return value == 201; }))
          << width << " x " << height;
    }
  }
}

// A step of brightness, worked out by hand: taps of a = -0.5 at the distances 1.75, 0.75, 0.25 and 1.25, and
// so on.
TEST(Resize, BicubicOvershootsAtAnEdgeAsItsKernelDoes) {
  Image step(8, 1);
  for (int x = 0; x < 8; ++x) std::fill_n(step.pixel(x, 0), 3, std::uint8_t(x < 4 ? 50 : 150));
  const Image doubled = resize_bicubic(step, 16, 1);
  const auto at = [&](int x) { return int(doubled.pixel(x, 0)[0]); };
  EXPECT_EQ(at(2), 50);
  EXPECT_EQ(at(5), 48);   // 50 - 100 * 0.0234375
  EXPECT_EQ(at(6), 43);   // 50 - 100 * 0.0703125
  EXPECT_EQ(at(7), 70);   // 50 + 100 * 0.203125
  EXPECT_EQ(at(8), 130);  // 50 + 100 * 0.796875
}

// The same step, with 3 sin(pi x) sin(pi x / 3) / (pi x)^2 worked out by another program.
TEST(Resize, LanczosRingsAtAnEdgeAndIsWiderWhenMakingSmaller) {
  Image step(8, 1);
  for (int x = 0; x < 8; ++x) std::fill_n(step.pixel(x, 0), 3, std::uint8_t(x < 4 ? 50 : 150));
  const auto row = [](const Image& image) {
    std::vector<int> values;
    for (int x = 0; x < image.width; ++x) values.push_back(image.pixel(x, 0)[0]);
    return values;
  };
  EXPECT_EQ(row(resize_lanczos(step, 16, 1)),
            (std::vector{50, 50, 50, 51, 53, 44, 40, 71, 129, 160, 156, 147, 149, 150, 150, 150}));
  EXPECT_EQ(row(resize_lanczos(step, 4, 1)), (std::vector{48, 55, 145, 152}));
}

}  // namespace
}  // namespace ahap

#include "reconstruction/branches/unish/clip_picture.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>
#include <string>
#include <vector>

#include "reconstruction/branches/unish/crop_backbone.h"
#include "reconstruction/networks/dinov2.h"

namespace ahap {
namespace {

constexpr double kSteps = 32;        // of a pixel
constexpr double kFarOutside = 1e6;  // pixels

// Two pixels of a row or column, which may lie outside, and their weights.
struct Taps {
  std::int64_t first = 0;
  float weights[2] = {0, 0};
};

std::vector<Taps> taps_of(double center, double side) {
  std::vector<Taps> taps(kCropSide);
  for (int i = 0; i < kCropSide; ++i) {
    const double place =
        std::clamp(center + (i - kCropSide / 2) * side / kCropSide, -kFarOutside, kFarOutside);
    const double rounded = std::nearbyint(place * kSteps) / kSteps;  // half to even
    Taps& tap = taps[std::size_t(i)];
    tap.first = std::int64_t(std::floor(rounded));
    tap.weights[1] = float(rounded - double(tap.first));
    tap.weights[0] = 1 - tap.weights[1];
  }
  return taps;
}

}  // namespace

ClipSize clip_size(int width, int height, int longer) {
  const int longest = std::max(width, height);
  const auto side = [&](int length) {
    if (length == longest) return longer;
    return kPatch * int(std::nearbyint(double(length) * longer / longest / kPatch));  // half to even
  };
  const ClipSize size{.width = side(width), .height = side(height)};
  if (std::min(size.width, size.height) == 0)
    throw std::runtime_error("A picture of " + std::to_string(width) + " x " + std::to_string(height) +
                             " pixels is too narrow for UniSH.");
  return size;
}

torch::Tensor clip_picture(const Image& image, const ClipSize& size) {
  const auto pixels = torch::from_blob(const_cast<std::uint8_t*>(image.rgb.data()),
                                       {1, image.height, image.width, 3}, torch::kUInt8)
                          .permute({0, 3, 1, 2})
                          .to(torch::kFloat) /
                      255;
  return at::upsample_bilinear2d(pixels.contiguous(), {size.height, size.width}, /*align_corners=*/false)[0];
}

torch::Tensor PersonSquare::numbers(const ClipSize& size) const {
  return torch::tensor(
      {float(center.x() - size.width / 2.0), float(center.y() - size.height / 2.0), float(side)});
}

PersonSquare person_square(const Box& box, double scale) {
  return {.center = {(box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2},
          .side = std::max(box.x1 - box.x0, box.y1 - box.y0) * scale};
}

torch::Tensor person_crop(const torch::Tensor& picture, const PersonSquare& square) {
  const auto source = picture.to(torch::kCPU, torch::kFloat).contiguous();
  const std::int64_t H = source.size(1), W = source.size(2);
  const auto pixels = source.accessor<float, 3>();
  auto crop = torch::zeros({3, kCropSide, kCropSide});
  auto out = crop.accessor<float, 3>();
  const std::vector<Taps> columns = taps_of(square.center.x(), square.side),
                          rows = taps_of(square.center.y(), square.side);
  for (int c = 0; c < 3; ++c) {
    for (int i = 0; i < kCropSide; ++i) {
      const Taps& row = rows[std::size_t(i)];
      for (int j = 0; j < kCropSide; ++j) {
        const Taps& column = columns[std::size_t(j)];
        float sum = 0;
        for (int dy = 0; dy < 2; ++dy) {
          const std::int64_t y = row.first + dy;
          if (y < 0 || y >= H) continue;
          for (int dx = 0; dx < 2; ++dx) {
            const std::int64_t x = column.first + dx;
            if (x >= 0 && x < W) sum += row.weights[dy] * column.weights[dx] * pixels[c][y][x];
          }
        }
        out[c][i][j] = sum;
      }
    }
  }
  return crop;
}

}  // namespace ahap

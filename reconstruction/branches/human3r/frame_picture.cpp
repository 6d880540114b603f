#include "reconstruction/branches/human3r/frame_picture.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

#include "reconstruction/branches/human3r/frame_geometry.h"
#include "reconstruction/networks/resize.h"

namespace ahap {
namespace {

constexpr int kLongSide = 512;  // pixels

int resized(int side, int longest) {
  return int(std::nearbyint(double(side) * kLongSide / longest));  // half to even
}

// The half of what is kept of a side about its middle, pixels.
int half_kept(int side) {
  return 2 * (side / 2) / kFramePatch * (kFramePatch / 2);
}

}  // namespace

Eigen::Matrix3d FramePlacement::intrinsics(double focal_length) const {
  const Eigen::Vector2d focal = Eigen::Vector2d::Constant(focal_length).cwiseQuotient(scale);
  const Eigen::Vector2d principal = to_original({width / 2 + 0.5, height / 2 + 0.5});
  Eigen::Matrix3d K;
  K << focal.x(), 0, principal.x(), 0, focal.y(), principal.y(), 0, 0, 1;
  return K;
}

FramePlacement frame_placement(int width, int height) {
  const int longest = std::max(width, height);
  const int W = resized(width, longest), H = resized(height, longest);
  const int half_width = half_kept(W), half_height = W == H ? half_width * 3 / 4 : half_kept(H);
  if (half_width == 0 || half_height == 0)
    throw std::runtime_error("A picture of " + std::to_string(width) + " x " + std::to_string(height) +
                             " pixels is too narrow for Human3R.");
  return {.width = 2 * half_width,
          .height = 2 * half_height,
          .scale = {double(W) / width, double(H) / height},
          .crop = {W / 2 - half_width, H / 2 - half_height}};
}

torch::Tensor frame_picture(const Image& image, const FramePlacement& placement) {
  const int W = int(std::lround(placement.scale.x() * image.width)),
            H = int(std::lround(placement.scale.y() * image.height));
  const bool shrinks = std::max(image.width, image.height) > kLongSide;
  const Image fitted = (shrinks ? resize_lanczos : resize_bicubic)(image, W, H);
  const auto pixels = torch::from_blob(const_cast<std::uint8_t*>(fitted.rgb.data()), {H, W, 3}, torch::kUInt8)
                          .slice(0, int(placement.crop.y()), int(placement.crop.y()) + placement.height)
                          .slice(1, int(placement.crop.x()), int(placement.crop.x()) + placement.width)
                          .permute({2, 0, 1})
                          .unsqueeze(0)
                          .to(torch::kFloat);
  return ((pixels / 255 - 0.5) / 0.5).contiguous();
}

}  // namespace ahap

#include "reconstruction/branches/photo/picture_region.h"

#include <algorithm>
#include <cmath>

namespace ahap {
namespace {

constexpr int kMaxSamples = 4;  // per axis and pixel; more would not be seen in a network's input

// What each of `to` cells takes of `from` cells along one axis when a row is shrunk or stretched: the mean
// over the area it covers, or (when stretched) the two nearest.
struct Share {
  int first = 0;
  std::vector<float> weights;
};
std::vector<Share> shares(int from, int to) {
  std::vector<Share> result(to);
  const double step = double(from) / to;
  for (int i = 0; i < to; ++i) {
    Share& share = result[i];
    if (step > 1) {
      const double begin = i * step, end = std::min((i + 1) * step, double(from));
      share.first = int(begin);
      for (int j = share.first; j < end && j < from; ++j) {
        share.weights.push_back(float((std::min(end, j + 1.0) - std::max(begin, double(j))) / step));
      }
    } else {
      const double at = std::clamp((i + 0.5) * step - 0.5, 0.0, from - 1.0);
      share.first = std::min(int(at), std::max(from - 2, 0));
      const float part = float(at - share.first);
      share.weights = from > 1 ? std::vector<float>{1 - part, part} : std::vector<float>{1};
    }
  }
  return result;
}

// Bilinear, added to `sum` (three floats).
void add_sample(const Image& image, double x, double y, Outside outside, float* sum) {
  x -= 0.5;
  y -= 0.5;
  if (outside == Outside::black && (x <= -1 || y <= -1 || x >= image.width || y >= image.height)) return;
  x = std::clamp(x, -1.0, double(image.width));
  y = std::clamp(y, -1.0, double(image.height));
  const int x0 = int(x + 1) - 1, y0 = int(y + 1) - 1;  // rounded down
  const float fx = float(x - x0), fy = float(y - y0);
  const float weights[4] = {(1 - fx) * (1 - fy), fx * (1 - fy), (1 - fx) * fy, fx * fy};
  if (x0 >= 0 && y0 >= 0 && x0 + 1 < image.width && y0 + 1 < image.height) {
    const std::uint8_t *above = image.pixel(x0, y0), *below = image.pixel(x0, y0 + 1);
    for (int c = 0; c < 3; ++c)
      sum[c] += weights[0] * above[c] + weights[1] * above[c + 3] + weights[2] * below[c] +
                weights[3] * below[c + 3];
    return;
  }
  for (int k = 0; k < 4; ++k) {
    int px = x0 + k % 2, py = y0 + k / 2;
    if (px < 0 || py < 0 || px >= image.width || py >= image.height) {
      if (outside == Outside::black) continue;
      px = std::clamp(px, 0, image.width - 1);
      py = std::clamp(py, 0, image.height - 1);
    }
    const std::uint8_t* rgb = image.pixel(px, py);
    for (int c = 0; c < 3; ++c) sum[c] += weights[k] * rgb[c];
  }
}

}  // namespace

Eigen::Vector2d PictureRegion::to_picture(const Eigen::Vector2d& point, double size) const {
  const Eigen::Vector2d d = (point - Eigen::Vector2d::Constant(size / 2)) * (side / size);
  const double c = std::cos(angle), s = std::sin(angle);
  return center + Eigen::Vector2d(c * d.x() - s * d.y(), s * d.x() + c * d.y());
}

Eigen::Vector2d PictureRegion::from_picture(const Eigen::Vector2d& pixel, double size) const {
  const Eigen::Vector2d d = (pixel - center) * (size / side);
  const double c = std::cos(angle), s = std::sin(angle);
  return Eigen::Vector2d(c * d.x() + s * d.y(), -s * d.x() + c * d.y()) + Eigen::Vector2d::Constant(size / 2);
}

torch::Tensor sample_region(const Image& image, const PictureRegion& region, int size, Outside outside) {
  torch::Tensor crop = torch::zeros({size, size, 3}, torch::kFloat);
  float* out = crop.data_ptr<float>();
  const int n = std::clamp(int(std::ceil(region.side / size)), 1, kMaxSamples);
  const float share = 1.0f / float(n * n);
  const Eigen::Vector2d origin = region.to_picture({0, 0}, size);
  const Eigen::Vector2d right = region.to_picture({1, 0}, size) - origin,
                        down = region.to_picture({0, 1}, size) - origin;
  for (int v = 0; v < size; ++v) {
    for (int u = 0; u < size; ++u, out += 3) {
      for (int j = 0; j < n; ++j) {
        for (int i = 0; i < n; ++i) {
          const Eigen::Vector2d at = origin + (u + (i + 0.5) / n) * right + (v + (j + 0.5) / n) * down;
          add_sample(image, at.x(), at.y(), outside, out);
        }
      }
      for (int c = 0; c < 3; ++c) out[c] *= share;
    }
  }
  return crop.permute({2, 0, 1});
}

ScaledPicture scale_picture(const Image& image, int longer) {
  ScaledPicture scaled;
  scaled.scale = double(longer) / std::max(image.width, image.height);
  const std::int64_t width = std::clamp<std::int64_t>(std::lround(image.width * scaled.scale), 1, longer);
  const std::int64_t height = std::clamp<std::int64_t>(std::lround(image.height * scaled.scale), 1, longer);
  const auto up32 = [](std::int64_t n) { return (n + 31) / 32 * 32; };
  torch::Tensor pixels = torch::zeros({up32(height), up32(width), 3}, torch::kFloat);
  float* out = pixels.data_ptr<float>();
  const std::vector<Share> columns = shares(image.width, int(width)),
                           rows = shares(image.height, int(height));
  std::vector<float> row(3 * std::size_t(width));
  const auto shrink_row = [&](int y) {
    for (std::int64_t x = 0; x < width; ++x) {
      float sum[3] = {0, 0, 0};
      const std::uint8_t* rgb = image.pixel(columns[x].first, y);
      for (const float weight : columns[x].weights) {
        for (int c = 0; c < 3; ++c) sum[c] += weight * float(*rgb++);
      }
      std::copy_n(sum, 3, &row[3 * x]);
    }
  };
  int last = -1;
  for (std::int64_t y = 0; y < height; ++y) {
    float* to = out + 3 * up32(width) * y;
    for (std::size_t j = 0; j < rows[y].weights.size(); ++j) {
      const int from = rows[y].first + int(j);
      if (from != last) shrink_row(last = from);
      for (std::size_t i = 0; i < row.size(); ++i) to[i] += rows[y].weights[j] * row[i];
    }
  }
  scaled.pixels = pixels.permute({2, 0, 1});
  return scaled;
}

Image resized(const Image& image, int longer) {
  const ScaledPicture scaled = scale_picture(image, longer);
  Image result(std::max(1, int(std::lround(image.width * scaled.scale))),
               std::max(1, int(std::lround(image.height * scaled.scale))));
  const torch::Tensor rows = scaled.pixels.permute({1, 2, 0});  // as it lies in memory
  const float* pixels = rows.data_ptr<float>();
  for (int y = 0; y < result.height; ++y) {
    const float* row = pixels + 3 * rows.size(1) * y;
    for (int i = 0; i < 3 * result.width; ++i)
      result.rgb[std::size_t(y) * 3 * result.width + i] = std::uint8_t(std::lround(row[i]));
  }
  return result;
}

Image turned(const Image& image, int quarter_turns) {
  const int turns = ((quarter_turns % 4) + 4) % 4;
  if (turns == 0) return image;
  Image result(turns % 2 ? image.height : image.width, turns % 2 ? image.width : image.height);
  for (int y = 0; y < result.height; ++y) {
    for (int x = 0; x < result.width; ++x) {
      const Eigen::Vector2d source = turned_back({x + 0.5, y + 0.5}, turns, image.width, image.height);
      std::copy_n(image.pixel(int(source.x()), int(source.y())), 3, result.pixel(x, y));
    }
  }
  return result;
}

Eigen::Vector2d turned_back(const Eigen::Vector2d& pixel, int quarter_turns, int width, int height) {
  switch (((quarter_turns % 4) + 4) % 4) {
    case 1:
      return {pixel.y(), height - pixel.x()};
    case 2:
      return {width - pixel.x(), height - pixel.y()};
    case 3:
      return {width - pixel.y(), pixel.x()};
    default:
      return pixel;
  }
}

}  // namespace ahap

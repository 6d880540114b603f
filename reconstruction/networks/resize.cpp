#include "reconstruction/networks/resize.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace ahap {
namespace {

constexpr int kChannels = 3;

template <typename Weight>
struct Tap {
  int source;
  Weight weight;
};
// What every new pixel of a row (or column) is made of.
template <typename Weight>
using Taps = std::vector<std::vector<Tap<Weight>>>;

std::uint8_t to_byte(double value) {
  return std::uint8_t(std::clamp(std::nearbyint(value), 0.0, 255.0));
}

Taps<float> area_taps(int source, int target) {
  const double scale = double(source) / target;
  Taps<float> taps(target);
  for (int i = 0; i < target; ++i) {
    const double begin = i * scale, end = begin + scale, width = std::min(scale, source - begin);
    const int last = std::min(int(std::floor(end)), source - 1),
              first = std::min(int(std::ceil(begin)), last);
    if (first - begin > 1e-3) taps[i].push_back({first - 1, float((first - begin) / width)});
    for (int s = first; s < last; ++s) taps[i].push_back({s, float(1 / width)});
    if (end - last > 1e-3) taps[i].push_back({last, float(std::min({end - last, 1.0, width}) / width)});
  }
  return taps;
}

Taps<int> cubic_taps(int source, int target) {
  constexpr float a = -0.75f, one = 2048;
  const double scale = double(source) / target;
  Taps<int> taps(target);
  for (int i = 0; i < target; ++i) {
    float x = float((i + 0.5) * scale - 0.5);
    const int first = int(std::floor(x));
    x -= float(first);
    float w[4];
    w[0] = ((a * (x + 1) - 5 * a) * (x + 1) + 8 * a) * (x + 1) - 4 * a;
    w[1] = ((a + 2) * x - (a + 3)) * x * x + 1;
    w[2] = ((a + 2) * (1 - x) - (a + 3)) * (1 - x) * (1 - x) + 1;
    w[3] = 1 - w[0] - w[1] - w[2];
    for (int t = 0; t < 4; ++t)
      taps[i].push_back({std::clamp(first + t - 1, 0, source - 1), int(std::nearbyint(w[t] * one))});
  }
  return taps;
}

double bicubic(double x) {
  constexpr double a = -0.5;
  x = std::abs(x);
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * a;
  return 0;
}

double lanczos(double x) {
  constexpr double lobes = 3;
  if (x == 0) return 1;
  if (std::abs(x) >= lobes) return 0;
  const double angle = M_PI * x;
  return lobes * std::sin(angle) * std::sin(angle / lobes) / (angle * angle);
}

// A filter of Pillow's: its function of the distance in pixels, zero beyond `reach`.
struct Kernel {
  double (*weight)(double);
  double reach;
};
constexpr Kernel kBicubic = {bicubic, 2}, kLanczos = {lanczos, 3};

constexpr int kWeightBits = 22;

Taps<int> kernel_taps(const Kernel& kernel, int source, int target) {
  const double scale = double(source) / target, widening = std::max(scale, 1.0);
  Taps<int> taps(target);
  for (int i = 0; i < target; ++i) {
    const double center = (i + 0.5) * scale;
    const int first = std::max(0, int(center - kernel.reach * widening + 0.5));
    const int end = std::min(source, int(center + kernel.reach * widening + 0.5));
    std::vector<double> weights;
    double sum = 0;
    for (int s = first; s < end; ++s)
      sum += weights.emplace_back(kernel.weight((s - center + 0.5) / widening));
    for (int s = first; s < end; ++s) {
      const double weight = weights[s - first] / sum * (1 << kWeightBits);
      taps[i].push_back({s, int(weight < 0 ? weight - 0.5 : weight + 0.5)});
    }
  }
  return taps;
}

// Sums of weighted pixels along both axes, rows first: `Sum` holds them between the passes, `finish` makes
// the byte.
template <typename Sum, typename Weight, typename Finish>
Image resample(const Image& image, const Taps<Weight>& across, const Taps<Weight>& down, Finish finish) {
  const int width = int(across.size()), height = int(down.size());
  std::vector<Sum> rows(std::size_t(width) * image.height * kChannels);
  for (int y = 0; y < image.height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (int c = 0; c < kChannels; ++c) {
        Sum sum = 0;
        for (const auto& tap : across[x]) sum += Sum(tap.weight) * Sum(image.pixel(tap.source, y)[c]);
        rows[(std::size_t(y) * width + x) * kChannels + c] = sum;
      }
    }
  }
  Image result(width, height);
  for (int y = 0; y < height; ++y) {
    for (int i = 0; i < width * kChannels; ++i) {
      Sum sum = 0;
      for (const auto& tap : down[y])
        sum += Sum(tap.weight) * rows[std::size_t(tap.source) * width * kChannels + i];
      result.pixel(0, y)[i] = finish(sum);
    }
  }
  return result;
}

// A pixel of a picture resized with a kernel, from a line whose pixels are `step` bytes apart.
std::uint8_t weighted_byte(const std::vector<Tap<int>>& taps, const std::uint8_t* line, std::size_t step) {
  std::int64_t sum = std::int64_t(1) << (kWeightBits - 1);
  for (const auto& tap : taps) sum += std::int64_t(tap.weight) * line[tap.source * step];
  return std::uint8_t(std::clamp<std::int64_t>(sum >> kWeightBits, 0, 255));
}

Image resized_across(const Kernel& kernel, const Image& image, int width) {
  if (width == image.width) return image;
  const Taps<int> taps = kernel_taps(kernel, image.width, width);
  Image result(width, image.height);
  for (int y = 0; y < image.height; ++y)
    for (int x = 0; x < width; ++x)
      for (int c = 0; c < kChannels; ++c)
        result.pixel(x, y)[c] = weighted_byte(taps[x], image.pixel(0, y) + c, kChannels);
  return result;
}

Image resized_down(const Kernel& kernel, const Image& image, int height) {
  if (height == image.height) return image;
  const Taps<int> taps = kernel_taps(kernel, image.height, height);
  const std::size_t row = std::size_t(image.width) * kChannels;
  Image result(image.width, height);
  for (int y = 0; y < height; ++y)
    for (std::size_t i = 0; i < row; ++i) result.pixel(0, y)[i] = weighted_byte(taps[y], &image.rgb[i], row);
  return result;
}

}  // namespace

Image resize_area(const Image& image, int width, int height) {
  return resample<float>(image, area_taps(image.width, width), area_taps(image.height, height), to_byte);
}

Image resize_cubic(const Image& image, int width, int height) {
  return resample<std::int64_t>(image, cubic_taps(image.width, width), cubic_taps(image.height, height),
                                [](std::int64_t sum) { return to_byte(double(sum) / (1 << 22)); });
}

Image resize_bicubic(const Image& image, int width, int height) {
  return resized_down(kBicubic, resized_across(kBicubic, image, width), height);
}

Image resize_lanczos(const Image& image, int width, int height) {
  return resized_down(kLanczos, resized_across(kLanczos, image, width), height);
}

}  // namespace ahap

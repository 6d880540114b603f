#include "reconstruction/multiview/appearance.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>

namespace ahap {
namespace {

constexpr int kBinsL = 5, kBinsAb = 16;
constexpr double kAbRange = 64;      // a and b from -64 to 64: colors of clothes
constexpr int kWorkingSide = 960;    // pixels
constexpr int kMinPixels = 40;       // of a part, for its histogram to mean anything
constexpr double kLimbWidth = 0.22;  // of a thigh, share of the trunk's length
constexpr double kTrunkInset =
    0.85;  // the trunk's quadrilateral shrinks about its middle: arms and background at its rim
constexpr std::array<double, 4> kPartWeights = {
    1, 1, 0.5, 0.4};  // trunk, thighs, shins, head: as well as they told people apart

// CIE L*a*b* (D65) of an sRGB color.
std::array<double, 3> lab(double red, double green, double blue) {
  static const std::array<double, 256> kLinear = [] {
    std::array<double, 256> table;
    for (int i = 0; i < 256; ++i)
      table[i] = i <= 10 ? i / 255.0 / 12.92 : std::pow((i / 255.0 + 0.055) / 1.055, 2.4);
    return table;
  }();
  const double r = kLinear[int(red + 0.5)], g = kLinear[int(green + 0.5)], b = kLinear[int(blue + 0.5)];
  const auto f = [](double t) { return t > 0.008856 ? std::cbrt(t) : 7.787 * t + 16.0 / 116; };
  const double x = f((0.412453 * r + 0.357580 * g + 0.180423 * b) / 0.950456);
  const double y = f(0.212671 * r + 0.715160 * g + 0.072169 * b);
  const double z = f((0.019334 * r + 0.119193 * g + 0.950227 * b) / 1.088754);
  return {116 * y - 16, 500 * (x - y), 200 * (y - z)};
}

// The picture as it would be at the working size, one cell on demand: the mean of its pixels.
class Reduced {
 public:
  explicit Reduced(const Image& image) : image_(image) {
    scale = std::min(1.0, double(kWorkingSide) / std::max({image.width, image.height, 1}));
    width = std::max(1, int(image.width * scale));
    height = std::max(1, int(image.height * scale));
  }
  std::array<double, 3> color(int x, int y) const {
    const auto range = [](int i, int n, int full) {
      const int begin = int(std::int64_t(i) * full / n);
      return std::pair(begin, std::max(begin + 1, int(std::int64_t(i + 1) * full / n)));
    };
    const auto [x0, x1] = range(x, width, image_.width);
    const auto [y0, y1] = range(y, height, image_.height);
    std::array<double, 3> sum{};
    for (int v = y0; v < y1; ++v) {
      for (int u = x0; u < x1; ++u) {
        for (int c = 0; c < 3; ++c) sum[c] += image_.pixel(u, v)[c];
      }
    }
    for (double& s : sum) s /= double(x1 - x0) * (y1 - y0);
    return sum;
  }
  double scale;
  int width, height;

 private:
  const Image& image_;
};

// A part of the body in the picture: whether a point is in it, and where it may be.
struct Region {
  std::function<bool(const Eigen::Vector2d&)> contains;
  Eigen::Vector2d low, high;
};

double distance_to_segment(const Eigen::Vector2d& p, const Eigen::Vector2d& a, const Eigen::Vector2d& b) {
  const Eigen::Vector2d d = b - a;
  const double t = std::clamp((p - a).dot(d) / std::max(d.squaredNorm(), 1e-9), 0.0, 1.0);
  return (p - a - t * d).norm();
}

Region segments(std::vector<std::array<Eigen::Vector2d, 2>> lines, double half_width) {
  Region region;
  region.low.setConstant(1e9);
  region.high.setConstant(-1e9);
  for (const auto& line : lines) {
    for (const auto& p : line) {
      region.low = region.low.cwiseMin(p - Eigen::Vector2d::Constant(half_width));
      region.high = region.high.cwiseMax(p + Eigen::Vector2d::Constant(half_width));
    }
  }
  region.contains = [lines = std::move(lines), half_width](const Eigen::Vector2d& p) {
    return std::any_of(lines.begin(), lines.end(), [&](const auto& line) {
      return distance_to_segment(p, line[0], line[1]) <= half_width;
    });
  };
  return region;
}

// Even-odd rule: quadrilaterals may cross themselves when a body is seen from the side.
bool inside(const std::array<Eigen::Vector2d, 4>& corners, const Eigen::Vector2d& p) {
  bool in = false;
  for (int i = 0, j = 3; i < 4; j = i++) {
    const Eigen::Vector2d &a = corners[i], &b = corners[j];
    if ((a.y() > p.y()) != (b.y() > p.y()) &&
        p.x() < (b.x() - a.x()) * (p.y() - a.y()) / (b.y() - a.y()) + a.x())
      in = !in;
  }
  return in;
}

std::vector<float> smoothed(const std::vector<double>& counts) {
  const auto at = [](int l, int a, int b) { return (std::size_t(l) * kBinsAb + a) * kBinsAb + b; };
  constexpr std::array<double, 4> kGauss = {0.399050, 0.242036, 0.054006, 0.004433};  // sigma of one bin
  const auto mirrored = [](int i) { return i < 0 ? -i : i >= kBinsAb ? 2 * kBinsAb - 2 - i : i; };
  std::vector<double> rows(counts.size()), both(counts.size());
  for (int l = 0; l < kBinsL; ++l) {
    for (int pass = 0; pass < 2; ++pass) {
      const std::vector<double>& from = pass == 0 ? counts : rows;
      std::vector<double>& to = pass == 0 ? rows : both;
      for (int a = 0; a < kBinsAb; ++a) {
        for (int b = 0; b < kBinsAb; ++b) {
          double sum = 0;
          for (int k = -3; k <= 3; ++k) {
            sum +=
                kGauss[std::abs(k)] * from[pass == 0 ? at(l, a, mirrored(b + k)) : at(l, mirrored(a + k), b)];
          }
          to[at(l, a, b)] = sum;
        }
      }
    }
  }
  std::vector<float> result(counts.size());
  double total = 0;
  for (double c : both) total += c;
  for (int l = 0; l < kBinsL;
       ++l) {  // a fifth to each neighbour in lightness; the darkest and the brightest lose none
    for (int a = 0; a < kBinsAb; ++a) {
      for (int b = 0; b < kBinsAb; ++b) {
        const double below = both[at(std::max(l - 1, 0), a, b)],
                     above = both[at(std::min(l + 1, kBinsL - 1), a, b)];
        result[at(l, a, b)] =
            float((0.6 * both[at(l, a, b)] + 0.2 * below + 0.2 * above) / std::max(total, 1e-9));
      }
    }
  }
  return result;
}

std::vector<float> histogram(const Reduced& picture, const Region& region) {
  std::vector<double> counts(std::size_t(kBinsL) * kBinsAb * kBinsAb, 0);
  int pixels = 0;
  const int x0 = std::max(0, int(std::floor(region.low.x()))),
            x1 = std::min(picture.width - 1, int(std::ceil(region.high.x())));
  const int y0 = std::max(0, int(std::floor(region.low.y()))),
            y1 = std::min(picture.height - 1, int(std::ceil(region.high.y())));
  for (int y = y0; y <= y1; ++y) {
    for (int x = x0; x <= x1; ++x) {
      if (!region.contains({x + 0.5, y + 0.5})) continue;
      const std::array<double, 3> rgb = picture.color(x, y);
      const std::array<double, 3> color = lab(rgb[0], rgb[1], rgb[2]);
      ++pixels;
      if (std::abs(color[1]) >= kAbRange || std::abs(color[2]) >= kAbRange) continue;
      const auto bin = [](double x, int n) { return std::clamp(int(x * n), 0, n - 1); };
      const int l = bin(color[0] / 100, kBinsL), a = bin((color[1] + kAbRange) / (2 * kAbRange), kBinsAb);
      counts[(std::size_t(l) * kBinsAb + a) * kBinsAb +
             bin((color[2] + kAbRange) / (2 * kAbRange), kBinsAb)] += 1;
    }
  }
  return pixels < kMinPixels ? std::vector<float>() : smoothed(counts);
}

}  // namespace

Appearance appearance_of(const Image& image, const PersonObservation& person) {
  Appearance result;
  if (image.empty()) return result;
  const Reduced picture(image);
  const auto at = [&](int k) { return Eigen::Vector2d(person.points[k].pixel * picture.scale); };
  const auto seen = [&](std::initializer_list<int> points) {
    return std::all_of(points.begin(), points.end(), [&](int k) {
      return person.points[k].observed() && person.points[k].pixel.allFinite();
    });
  };
  const bool trunk_seen = seen({kLeftShoulder, kRightShoulder, kLeftHip, kRightHip});
  double trunk = 0.3 * body_size(person) * picture.scale;  // a standing person's
  if (trunk_seen) {
    const Eigen::Vector2d neck = (at(kLeftShoulder) + at(kRightShoulder)) / 2,
                          hips = (at(kLeftHip) + at(kRightHip)) / 2;
    trunk = std::max((neck - hips).norm(), 0.2 * body_size(person) * picture.scale);
    std::array<Eigen::Vector2d, 4> corners = {at(kLeftShoulder), at(kRightShoulder), at(kRightHip),
                                              at(kLeftHip)};
    const Eigen::Vector2d middle = (corners[0] + corners[1] + corners[2] + corners[3]) / 4;
    for (auto& c : corners) c = middle + kTrunkInset * (c - middle);
    // From the side the quadrilateral vanishes: the spine with a width stays.
    Region region = segments({{neck, hips}}, std::max(kLimbWidth * trunk, 2.0) / 2);
    for (const auto& c : corners) {
      region.low = region.low.cwiseMin(c);
      region.high = region.high.cwiseMax(c);
    }
    region.contains = [corners, spine = region.contains](const Eigen::Vector2d& p) {
      return inside(corners, p) || spine(p);
    };
    result.parts[0] = histogram(picture, region);
  }
  const double width = std::max(kLimbWidth * trunk, 2.0);
  const auto limbs = [&](std::array<std::array<int, 2>, 2> bones, double half_width) {
    std::vector<std::array<Eigen::Vector2d, 2>> lines;
    for (const auto& [a, b] : bones) {
      if (seen({a, b})) lines.push_back({at(a), at(b)});
    }
    return lines.empty() ? std::vector<float>() : histogram(picture, segments(lines, half_width));
  };
  result.parts[1] = limbs({{{kLeftHip, kLeftKnee}, {kRightHip, kRightKnee}}}, width / 2);
  result.parts[2] = limbs({{{kLeftKnee, kLeftAnkle}, {kRightKnee, kRightAnkle}}}, width / 3);
  Eigen::Vector2d head = Eigen::Vector2d::Zero();
  int n = 0;
  for (int k : {kNose, kLeftEar, kRightEar}) {
    if (!seen({k})) continue;
    head += at(k);
    ++n;
  }
  if (n > 0) result.parts[3] = histogram(picture, segments({{head / n, head / n}}, width));
  return result;
}

double appearance_similarity(const Appearance& a, const Appearance& b) {
  double sum = 0, weight = 0;
  for (std::size_t k = 0; k < a.parts.size(); ++k) {
    if (a.parts[k].empty() || a.parts[k].size() != b.parts[k].size()) continue;
    double coefficient = 0;
    for (std::size_t i = 0; i < a.parts[k].size(); ++i)
      coefficient += std::sqrt(a.parts[k][i] * b.parts[k][i]);
    sum += kPartWeights[k] * std::min(coefficient, 1.0);
    weight += kPartWeights[k];
  }
  return weight > 0 ? sum / weight : 0.5;
}

}  // namespace ahap

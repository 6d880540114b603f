#include "reconstruction/motion/shots.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numeric>

#include "reconstruction/median.h"

namespace ahap {
namespace {

constexpr int kColumns = 16, kRows = 9;
constexpr int kSamples = 4;    // per area, along each axis
constexpr int kBlack = 16;     // brightness of the darkest that a camera with an open lens shows anywhere
constexpr double kCut = 20;    // mean change of brightness, of a cut at least
constexpr double kSudden = 4;  // times the usual change
constexpr double kLowestUsual = 3;  // noise, people who walk about
constexpr double kUnlike = 0.7;     // correlation of two pictures of one place, at least
constexpr std::size_t kFewChanges = 3, kLastChanges = 12;  // that tell the usual one; of which it is

double change(const PictureSketch& a, const PictureSketch& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += std::abs(int(a[i]) - int(b[i]));
  return sum / double(a.size());
}

// Of what lies where, whatever the exposure.
double correlation(const PictureSketch& a, const PictureSketch& b) {
  const auto mean = [](const PictureSketch& s) {
    return std::accumulate(s.begin(), s.end(), 0.0) / double(s.size());
  };
  const double mean_a = mean(a), mean_b = mean(b);
  double ab = 0, aa = 0, bb = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double x = a[i] - mean_a, y = b[i] - mean_b;
    ab += x * y, aa += x * x, bb += y * y;
  }
  return aa > 0 && bb > 0 ? ab / std::sqrt(aa * bb) : 0;
}

}  // namespace

PictureSketch sketch_of(const Image& picture) {
  PictureSketch sketch{};
  if (picture.empty()) return sketch;
  const auto sample = [](int cell, int i, int cells, int size) {
    return int((2LL * (kSamples * cell + i) + 1) * size / (2LL * kSamples * cells));
  };
  for (int row = 0; row < kRows; ++row) {
    for (int column = 0; column < kColumns; ++column) {
      int sum = 0;
      for (int i = 0; i < kSamples * kSamples; ++i) {
        const std::uint8_t* rgb = picture.pixel(sample(column, i % kSamples, kColumns, picture.width),
                                                sample(row, i / kSamples, kRows, picture.height));
        sum += rgb[0] + 2 * rgb[1] + rgb[2];
      }
      sketch[std::size_t(row * kColumns + column)] = std::uint8_t(sum / (4 * kSamples * kSamples));
    }
  }
  return sketch;
}

bool is_black(const PictureSketch& picture) {
  return *std::max_element(picture.begin(), picture.end()) < kBlack;
}

int ShotWatch::next(const PictureSketch& picture) {
  cut_ = false;
  if (scene_ < 0) {
    last_.push_back(picture);
    return scene_ = 0;
  }
  const PictureSketch& before = last_[std::size_t(scene_)];
  const double changed = change(before, picture);
  const double usual = std::max(kLowestUsual, median(std::vector(changes_.begin(), changes_.end())));
  cut_ = changes_.size() >= kFewChanges && changed > std::max(kCut, kSudden * usual) &&
         correlation(before, picture) < kUnlike;
  if (cut_) {
    const auto same = std::find_if(last_.begin(), last_.end(), [&](const PictureSketch& shown) {
      return change(shown, picture) < kCut && correlation(shown, picture) >= kUnlike;
    });
    scene_ = int(same - last_.begin());
    if (same == last_.end()) last_.push_back(picture);
  } else {
    changes_.push_back(changed);
    if (changes_.size() > kLastChanges) changes_.pop_front();
  }
  last_[std::size_t(scene_)] = picture;
  return scene_;
}

}  // namespace ahap

#include "reconstruction/capture/feature_matching.h"

#include <cblas.h>

#include <Eigen/Core>
#include <cmath>
#include <opencv2/features2d.hpp>
#include <opencv2/imgproc.hpp>

#include "reconstruction/blas_threads.h"
#include "reconstruction/worker_pool.h"

namespace ahap {
namespace {

using Rows = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

struct Features {
  std::vector<Eigen::Vector2d> pixels;  // original
  Rows descriptors;                     // unit rows
};

Features features_of(const Image& picture, const FeatureOptions& options) {
  Features result;
  if (picture.empty()) return result;
  const cv::Mat rgb(picture.height, picture.width, CV_8UC3, const_cast<std::uint8_t*>(picture.rgb.data()));
  cv::Mat gray;
  cv::cvtColor(rgb, gray, cv::COLOR_RGB2GRAY);
  const double scale = double(options.longer_side) / std::max(picture.width, picture.height);
  if (scale < 1) cv::resize(gray, gray, {}, scale, scale, cv::INTER_AREA);
  constexpr int kOctaveLayers = 3;
  constexpr double kContrast = 0.02;  // half of the usual: walls and floors have little
  const auto sift = cv::SIFT::create(options.features, kOctaveLayers, kContrast);
  std::vector<cv::KeyPoint> points;
  cv::Mat descriptors;
  sift->detectAndCompute(gray, cv::noArray(), points, descriptors);
  result.descriptors.resize(descriptors.rows, descriptors.cols);
  for (int i = 0; i < descriptors.rows; ++i) {
    const Eigen::Map<const Eigen::RowVectorXf> row(descriptors.ptr<float>(i), descriptors.cols);
    result.descriptors.row(i) = (row / std::max(row.sum(), 1e-9f)).cwiseMax(0).cwiseSqrt();
    result.pixels.emplace_back((points[i].pt.x + 0.5) / std::min(scale, 1.0),
                               (points[i].pt.y + 0.5) / std::min(scale, 1.0));
  }
  return result;
}

// Nearest and second nearest, squared distances; of unit vectors 2 - 2 a.b.
struct Nearest {
  int index = -1;
  float best = -2, second = -2;  // products
  void see(int i, float product) {
    if (product > best) {
      second = best;
      best = product;
      index = i;
    } else if (product > second) {
      second = product;
    }
  }
};

std::vector<PointMatch> match(const Features& a, const Features& b, double max_ratio) {
  constexpr int kRows = 256;
  std::vector<Nearest> of_a(a.pixels.size()), of_b(b.pixels.size());
  if (a.pixels.size() < 2 || b.pixels.size() < 2) return {};
  const int length = int(a.descriptors.cols()), width = int(b.pixels.size());
  Rows products(kRows, width);
  for (int begin = 0; begin < int(a.pixels.size()); begin += kRows) {
    const int n = std::min(kRows, int(a.pixels.size()) - begin);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, n, width, length, 1, a.descriptors.row(begin).data(),
                length, b.descriptors.data(), length, 0, products.data(), width);
    for (int i = 0; i < n; ++i) {
      for (int j = 0; j < width; ++j) {
        const float p = products(i, j);
        Nearest &from = of_a[begin + i], &to = of_b[j];
        if (p > from.second) from.see(j, p);
        if (p > to.best) to.see(begin + i, p);
      }
    }
  }
  std::vector<PointMatch> matches;
  for (int i = 0; i < int(of_a.size()); ++i) {
    const Nearest& n = of_a[i];
    if (n.index < 0 || of_b[n.index].index != i) continue;
    const double ratio = std::sqrt(std::max(0.0, 1.0 - n.best) / std::max(1e-9, 1.0 - n.second));
    if (ratio < max_ratio) matches.push_back({a.pixels[i], b.pixels[n.index], ratio});
  }
  return matches;
}

}  // namespace

BackgroundMatches match_features(std::span<const Image* const> pictures, const FeatureOptions& options,
                                 const Progress& progress) {
  step(progress, "features", 0);
  const WorkerPool pool(progress);
  std::vector<Features> features(pictures.size());
  pool.run(int(pictures.size()), [&](int v) { features[v] = features_of(*pictures[v], options); });
  step(progress, "features", 0.5);
  BackgroundMatches result;
  for (int a = 0; a < int(pictures.size()); ++a) {
    for (int b = a + 1; b < int(pictures.size()); ++b) result.push_back({a, b, {}});
  }
  const OneBlasThread one_blas_thread;
  pool.run(int(result.size()), [&](int k) {
    result[k].matches = match(features[result[k].view_a], features[result[k].view_b], options.max_ratio);
  });
  step(progress, "features", 1);
  return result;
}

}  // namespace ahap

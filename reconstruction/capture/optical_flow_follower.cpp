#include "reconstruction/capture/optical_flow_follower.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <opencv2/calib3d.hpp>
#include <opencv2/features2d.hpp>
#include <opencv2/imgproc.hpp>
#include <opencv2/video/tracking.hpp>
#include <optional>

#include "reconstruction/median.h"

namespace ahap {
namespace {

// Lengths: pixels of the reduced picture.
constexpr int kLongerSide = 640;
constexpr int kMostPoints = 250;
constexpr double kQuality = 0.01, kApart = 12;  // of corners: share of the best one's, distance
// Smaller eigenvalue of the gradients, as OpenCV scales it: several times that of noise.
constexpr double kClearCorner = 5e-5;
constexpr int kPatch = 15, kLevels = 3;
constexpr double kSameAgain = 0.5;  // between a point and where it is found back from the next picture
constexpr int kMargin = 4;          // corners nearer to the edge are left alone
// Of those that were chosen: fewer are left, or they are farther away: others are chosen.
constexpr double kFewLeft = 0.6, kFarAway = 0.12 * kLongerSide;
constexpr double kBoxMargin = 0.04;                 // of the larger side, around people
constexpr double kLostShare = 0.3;                  // of the points is left where pictures are too far apart
constexpr int kFeatures = 1200, kFewMatches = 16;   // for these
constexpr double kClearMatch = 0.8, kEpipolar = 2;  // ratio of distances; pixels
constexpr std::size_t kNeighbours = 3;              // matches that tell where to look

struct Reduced {
  cv::Mat gray;
  std::vector<cv::Mat> pyramid;
  std::vector<cv::Rect2f> people;
};

cv::Mat reduced_gray(const Image& picture, double scale) {
  const cv::Mat rgb(picture.height, picture.width, CV_8UC3, const_cast<std::uint8_t*>(picture.rgb.data()));
  cv::Mat gray;
  cv::cvtColor(rgb, gray, cv::COLOR_RGB2GRAY);
  if (scale < 1) cv::resize(gray, gray, {}, scale, scale, cv::INTER_AREA);
  return gray;
}

std::vector<cv::Rect2f> grown(std::span<const Box> people, double scale) {
  std::vector<cv::Rect2f> boxes;
  for (const Box& box : people) {
    const double margin = kBoxMargin * std::max(box.x1 - box.x0, box.y1 - box.y0);
    boxes.emplace_back(cv::Point2f(float(scale * (box.x0 - margin)), float(scale * (box.y0 - margin))),
                       cv::Point2f(float(scale * (box.x1 + margin)), float(scale * (box.y1 + margin))));
  }
  return boxes;
}

bool is_hidden(const cv::Point2f& point, const Reduced& picture) {
  return std::any_of(picture.people.begin(), picture.people.end(),
                     [&](const cv::Rect2f& box) { return box.contains(point); });
}

bool is_inside(const cv::Point2f& point, const cv::Mat& gray) {
  return point.x >= kMargin && point.y >= kMargin && point.x < float(gray.cols - kMargin) &&
         point.y < float(gray.rows - kMargin);
}

// White where the background is.
cv::Mat background_mask(const Reduced& picture) {
  cv::Mat mask(picture.gray.size(), CV_8U, cv::Scalar(0));
  cv::rectangle(mask, {kMargin, kMargin}, {mask.cols - kMargin, mask.rows - kMargin}, 255, cv::FILLED);
  for (const cv::Rect2f& box : picture.people) cv::rectangle(mask, box, 0, cv::FILLED);
  return mask;
}

// The share of the best corner's quality from which on a corner is clear of noise.
double quality_of(const cv::Mat& gray, const cv::Mat& mask) {
  cv::Mat quality;
  cv::cornerMinEigenVal(gray, quality, 3);
  double best = 0;
  cv::minMaxLoc(quality, nullptr, &best, nullptr, nullptr, mask);
  return std::clamp(kClearCorner / std::max(best, 1e-12), kQuality, 1.0);
}

struct FeatureShift {
  cv::Point2f from, shift;
};

// What the backgrounds of two pictures have in common by their looks and one epipolar geometry.
std::vector<FeatureShift> feature_shifts(const Reduced& a, const Reduced& b) {
  const auto sift = cv::SIFT::create(kFeatures);
  std::array<std::vector<cv::KeyPoint>, 2> points;
  std::array<cv::Mat, 2> descriptors;
  sift->detectAndCompute(a.gray, background_mask(a), points[0], descriptors[0]);
  sift->detectAndCompute(b.gray, background_mask(b), points[1], descriptors[1]);
  if (descriptors[0].rows < 2 || descriptors[1].rows < 2) return {};
  std::vector<std::vector<cv::DMatch>> nearest;
  cv::BFMatcher(cv::NORM_L2).knnMatch(descriptors[0], descriptors[1], nearest, 2);
  std::vector<cv::Point2f> from, to;
  for (const auto& pair : nearest) {
    if (pair.size() < 2 || pair[0].distance > kClearMatch * pair[1].distance) continue;
    from.push_back(points[0][std::size_t(pair[0].queryIdx)].pt);
    to.push_back(points[1][std::size_t(pair[0].trainIdx)].pt);
  }
  if (int(from.size()) < kFewMatches) return {};
  cv::Mat agrees;
  cv::setRNGSeed(1);
  cv::findFundamentalMat(from, to, cv::FM_RANSAC, kEpipolar, 0.99, agrees);
  std::vector<FeatureShift> shifts;
  for (std::size_t i = 0; i < from.size() && !agrees.empty(); ++i) {
    if (agrees.at<std::uint8_t>(int(i))) shifts.push_back({from[i], to[i] - from[i]});
  }
  if (int(shifts.size()) < kFewMatches) shifts.clear();
  return shifts;
}

// Of the nearest of them, the median along each axis.
cv::Point2f shift_near(const cv::Point2f& point, std::vector<FeatureShift> shifts) {
  const std::size_t count = std::min(kNeighbours, shifts.size());
  std::partial_sort(shifts.begin(), shifts.begin() + std::ptrdiff_t(count), shifts.end(),
                    [&](const FeatureShift& a, const FeatureShift& b) {
                      return cv::norm(a.from - point) < cv::norm(b.from - point);
                    });
  std::vector<double> x, y;
  for (std::size_t i = 0; i < count; ++i) x.push_back(shifts[i].shift.x), y.push_back(shifts[i].shift.y);
  return {float(median(std::move(x))), float(median(std::move(y)))};
}

class OpticalFlowFollower : public BackgroundFollower {
 public:
  std::vector<FollowedPoint> next(const Image& picture, std::span<const Box> people) override {
    const Reduced now = reduced(picture, people);
    if (key_.gray.size() != now.gray.size()) points_.clear();
    if (!points_.empty()) follow(now);
    if (is_worn()) choose_anew(now);
    return shown();
  }

 private:
  struct Point {
    int track;
    cv::Point2f in_key, now;
    bool visible;
  };

  Reduced reduced(const Image& picture, std::span<const Box> people) {
    scale_ = std::min(1.0, double(kLongerSide) / std::max(picture.width, picture.height));
    Reduced result{reduced_gray(picture, scale_), {}, grown(people, scale_)};
    cv::buildOpticalFlowPyramid(result.gray, result.pyramid, {kPatch, kPatch}, kLevels);
    return result;
  }

  int visible() const {
    return int(std::count_if(points_.begin(), points_.end(), [](const Point& p) { return p.visible; }));
  }

  cv::Point2f median_shift() const {
    std::vector<double> x, y;
    for (const Point& p : points_) {
      if (p.visible) x.push_back(p.now.x - p.in_key.x), y.push_back(p.now.y - p.in_key.y);
    }
    if (x.empty()) return {0, 0};
    return {float(median(std::move(x))), float(median(std::move(y)))};
  }

  void follow(const Reduced& now) {
    const cv::Point2f shift = median_shift();
    std::vector<cv::Point2f> guess;
    for (const Point& p : points_) guess.push_back(p.visible ? p.now : p.in_key + shift);
    look_near(guess, now);
    if (visible() >= kLostShare * chosen_) return;
    const std::vector<FeatureShift> shifts = feature_shifts(key_, now);
    if (shifts.empty()) return;
    for (std::size_t i = 0; i < points_.size(); ++i)
      guess[i] = points_[i].in_key + shift_near(points_[i].in_key, shifts);
    const std::vector<Point> before = points_;
    const int seen_before = visible();
    look_near(guess, now);
    if (visible() < seen_before) points_ = before;
  }

  void look_near(const std::vector<cv::Point2f>& guess, const Reduced& now) {
    std::vector<cv::Point2f> from, to = guess, back;
    for (const Point& p : points_) from.push_back(p.in_key);
    back = from;
    std::vector<std::uint8_t> found, found_back;
    std::vector<float> error;
    const cv::TermCriteria stop(cv::TermCriteria::COUNT + cv::TermCriteria::EPS, 20, 0.01);
    const auto flow = [&](const Reduced& a, const Reduced& b, const auto& start, auto& end, auto& status) {
      cv::calcOpticalFlowPyrLK(a.pyramid, b.pyramid, start, end, status, error, {kPatch, kPatch}, kLevels,
                               stop, cv::OPTFLOW_USE_INITIAL_FLOW);
    };
    flow(key_, now, from, to, found);
    flow(now, key_, to, back, found_back);
    for (std::size_t i = 0; i < points_.size(); ++i) {
      points_[i].visible = found[i] && found_back[i] && cv::norm(back[i] - from[i]) < kSameAgain &&
                           is_inside(to[i], now.gray) && !is_hidden(to[i], now);
      points_[i].now = to[i];
    }
  }

  bool is_worn() const {
    if (points_.empty() || visible() < kFewLeft * chosen_) return true;
    return cv::norm(median_shift()) > kFarAway;
  }

  void choose_anew(const Reduced& now) {
    std::erase_if(points_, [](const Point& p) { return !p.visible; });
    cv::Mat mask = background_mask(now);
    for (Point& p : points_) {
      p.in_key = p.now;
      cv::circle(mask, p.now, int(kApart), 0, cv::FILLED);
    }
    const int missing = kMostPoints - int(points_.size());
    std::vector<cv::Point2f> corners;
    if (missing > 0)
      cv::goodFeaturesToTrack(now.gray, corners, missing, quality_of(now.gray, mask), kApart, mask);
    for (const cv::Point2f& corner : corners) points_.push_back({next_track_++, corner, corner, true});
    chosen_ = int(points_.size());
    key_ = now;
  }

  std::vector<FollowedPoint> shown() const {
    std::vector<FollowedPoint> shown;
    for (const Point& p : points_) {
      if (!p.visible) continue;
      shown.push_back({p.track, {float((p.now.x + 0.5) / scale_), float((p.now.y + 0.5) / scale_)}});
    }
    return shown;
  }

  Reduced key_;                // in which the points were chosen
  std::vector<Point> points_;  // chosen there
  int chosen_ = 0;             // that many
  int next_track_ = 0;
  double scale_ = 1;
};

}  // namespace

std::unique_ptr<BackgroundFollower> optical_flow_follower() {
  return std::make_unique<OpticalFlowFollower>();
}

}  // namespace ahap

#include "reconstruction/capture/optical_flow_follower.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <opencv2/imgproc.hpp>

#include "reconstruction/median.h"

namespace ahap {
namespace {

using ::testing::IsEmpty;

constexpr int kWidth = 800, kHeight = 600;

cv::Mat textured() {
  cv::Mat noise(kHeight / 10, kWidth / 10, CV_8UC3), picture;
  cv::RNG random(3);
  random.fill(noise, cv::RNG::UNIFORM, 0, 256);
  cv::resize(noise, picture, {kWidth, kHeight}, 0, 0, cv::INTER_CUBIC);
  return picture;
}

Image image_of(const cv::Mat& picture) {
  Image image(picture.cols, picture.rows);
  std::copy(picture.datastart, picture.dataend, image.rgb.begin());
  return image;
}

// As the camera turns or moves: the point x of the first picture is at H x.
cv::Mat warped(const cv::Mat& picture, const cv::Matx33d& H) {
  cv::Mat result;
  cv::warpPerspective(picture, result, H, picture.size());
  return result;
}

cv::Matx33d shifted(double x, double y) {
  return {1, 0, x, 0, 1, y, 0, 0, 1};
}

TEST(OpticalFlowFollower, FollowsPointsToAFractionOfAPixelWithoutDrift) {
  const cv::Mat picture = textured();
  const auto follower = optical_flow_follower();
  std::map<int, Eigen::Vector2f> first;
  for (const FollowedPoint& point : follower->next(image_of(picture), {})) first[point.track] = point.pixel;
  EXPECT_GT(first.size(), 100u);
  for (int f = 1; f <= 30; ++f) {
    const double x = 1.3 * f, y = -0.4 * f;
    std::vector<double> off;  // pixels
    for (const FollowedPoint& point : follower->next(image_of(warped(picture, shifted(x, y))), {})) {
      if (first.contains(point.track))
        off.push_back((point.pixel - first[point.track] - Eigen::Vector2f(float(x), float(y))).norm());
    }
    EXPECT_GT(off.size(), 80u) << f;
    EXPECT_LT(median(off), 0.15) << f;
  }
}

TEST(OpticalFlowFollower, FindsPointsAgainAfterALargeStep) {
  const cv::Mat picture = textured();
  const auto follower = optical_flow_follower();
  std::map<int, Eigen::Vector2f> first;
  for (const FollowedPoint& point : follower->next(image_of(picture), {})) first[point.track] = point.pixel;
  int same = 0;
  for (const FollowedPoint& point : follower->next(image_of(warped(picture, shifted(250, 40))), {})) {
    if (!first.contains(point.track)) continue;
    EXPECT_LT((point.pixel - first[point.track] - Eigen::Vector2f(250, 40)).norm(), 1);
    ++same;
  }
  EXPECT_GT(same, 50);
}

TEST(OpticalFlowFollower, LeavesPeopleOut) {
  const cv::Mat picture = textured();
  const auto follower = optical_flow_follower();
  const std::vector<Box> people = {{300, 100, 500, 590}};
  for (int f = 0; f < 3; ++f) {
    for (const FollowedPoint& point : follower->next(image_of(picture), people)) {
      const bool within =
          point.pixel.x() > 300 && point.pixel.x() < 500 && point.pixel.y() > 100 && point.pixel.y() < 590;
      EXPECT_FALSE(within) << point.pixel.transpose();
    }
  }
}

TEST(OpticalFlowFollower, FindsNothingOnABlankWall) {
  const auto follower = optical_flow_follower();
  cv::Mat wall(kHeight, kWidth, CV_8UC3, cv::Scalar(120, 120, 120));
  EXPECT_THAT(follower->next(image_of(wall), {}), IsEmpty());
  EXPECT_THAT(follower->next(image_of(wall), {}), IsEmpty());
  const std::vector<Box> everywhere = {{-10, -10, kWidth + 10, kHeight + 10}};
  EXPECT_THAT(follower->next(image_of(textured()), everywhere), IsEmpty());
}

}  // namespace
}  // namespace ahap

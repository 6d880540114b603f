#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <span>
#include <vector>

namespace ahap {

// Between these a focal length is looked for, in diagonals of the picture.
constexpr double kShortestFocal = 0.25, kLongestFocal = 10;

// One point map of a view from several that a two-view network made of it, one in every pair with the view in
// the first place: their mean, weighted by how far each confidence exceeds 0.999 (Duisterhof et al. 2024,
// MASt3R-SfM). The maps agree up to a factor each; the first one's unit holds.
class CanonicalPointmap {
 public:
  // Of every pixel, row by row: points in the camera's frame, confidences above 1. Values that are not finite
  // count for nothing. Throws std::invalid_argument when the lengths differ from those before.
  void add(std::span<const Eigen::Vector3f> points, std::span<const float> confidence);

  bool empty() const { return maps_ == 0; }
  // Of every pixel; (0, 0, 0) where nothing is known.
  std::vector<Eigen::Vector3f> points() const;
  // The mean of the maps' confidences.
  std::vector<float> confidence() const;

 private:
  std::vector<Eigen::Vector3f> weighted_sum_;
  std::vector<float> weight_, confidence_sum_;
  int maps_ = 0;
};

// Focal length, pixels, of a camera with square pixels that sees the points (row by row, camera axes) at
// their pixels, whose centres lie at 0.5: Weiszfeld's algorithm on the reprojection error, kept between the
// bounds above. Points that no such camera sees count for nothing. Without any, the focal length is the
// longer side.
double focal_of_pointmap(std::span<const Eigen::Vector3f> points, int width, int height,
                         const Eigen::Vector2d& principal_point);

}  // namespace ahap

#pragma once

#include <Eigen/Core>
#include <Eigen/Geometry>
#include <vector>

#include "reconstruction/multiview/canonical_pointmap.h"

namespace ahap {

// A view of the alignment: its picture, and where the optical axis meets it (pixel centres at 0.5).
struct PointmapView {
  int width = 0, height = 0;
  Eigen::Vector2d principal_point{0, 0};
};

// Two pixels that show one point; column and row.
struct PixelMatch {
  Eigen::Vector2i first{0, 0}, second{0, 0};
  float weight = 0;
};

// What a two-view network says of an ordered pair of views, in the frame of the first one's camera and up to
// a factor. Points and confidences (above 1) of every pixel, row by row.
struct PointmapPair {
  int first = 0, second = 0;
  std::vector<Eigen::Vector3f> first_points, second_points;
  std::vector<float> first_confidence, second_confidence;
  std::vector<PixelMatch> matches;
};

struct SampledPair;

struct AlignedView {
  bool placed = false;  // false: nothing relates it to the first view's group; then its pose is the identity
  double focal = 0;     // pixels
  Eigen::Isometry3d world_from_camera = Eigen::Isometry3d::Identity();
  std::vector<float> depth;       // of every pixel along the optical axis, in the world's unit; 0: unknown
  std::vector<float> confidence;  // of every pixel, above 1
};

// All views of a pair graph in one world, after MASt3R-SfM (Duisterhof et al. 2024, arXiv 2409.19152) and
// with least squares (Ceres) in place of gradient descent: one canonical point map and focal length per view,
// cameras placed along the tree of the best pairs, matched points brought together, then matches'
// reprojections with the depths of anchors and the focal lengths free as well. The world's origin is the
// camera that the most is known of; its unit is the mean of those of the views' points.
class PointmapAlignment {
 public:
  explicit PointmapAlignment(std::vector<PointmapView> views);
  ~PointmapAlignment();
  PointmapAlignment(PointmapAlignment&&) noexcept;

  // Of every pair both orders. What is kept of one does not grow with the picture's pixels but for their
  // mean. Throws std::invalid_argument where views or lengths do not fit.
  void add(const PointmapPair& pair);

  std::vector<AlignedView> solve() const;

 private:
  std::vector<PointmapView> views_;
  std::vector<CanonicalPointmap> canonical_;
  std::vector<SampledPair> pairs_;
};

}  // namespace ahap

#pragma once

#include <torch/torch.h>

#include <Eigen/Geometry>
#include <functional>
#include <vector>

#include "reconstruction/geometry/ground.h"
#include "reconstruction/reconstruction.h"

namespace ahap {

// What a network tells about the place in one frame of a clip; H x W pixels of its input.
struct FramePlace {
  torch::Tensor points;      // (H, W, 3) float, camera axes
  torch::Tensor confidence;  // (H, W) float, 0..1
  torch::Tensor colors;      // (H, W, 3) bytes
  torch::Tensor counts;      // (H, W) bool: false where there is no place, but a person or nothing
};

// The place of a clip, without its people: points of evenly spread frames.
class ClipPlace {
 public:
  explicit ClipPlace(int max_points);

  // Whether frame `index` of about `count` gives points.
  static bool takes(std::size_t index, std::size_t count);
  // Points in front of the camera, unless `hidden` (pixel, depth); empty: none is.
  void add(const FramePlace& frame, std::size_t count, const Eigen::Isometry3d& world_from_camera,
           const std::function<bool(const Eigen::Vector2d&, double)>& hidden = {});
  const PointCloud& points() const { return points_; }

 private:
  std::size_t max_points_;
  PointCloud points_;
};

// Gravity and floor, from people's bodies (evenly spread over all of them), the place and the cameras of the
// first frame.
WorldFrame world_of_clip(const std::vector<Person>& people, const PointCloud& place,
                         std::vector<Eigen::Isometry3d> world_from_camera);

}  // namespace ahap

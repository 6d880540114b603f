#pragma once

#include <Eigen/Geometry>
#include <vector>

#include "reconstruction/branches/scene_branch.h"

namespace ahap {

// A scene branch that is told where the cameras are: estimates of `inner` with these poses, as a branch that
// relates the views would have them. For measuring what follows from poses of a known error.
class KnownPoses : public SceneBranch {
 public:
  KnownPoses(SceneBranch& inner, std::vector<Eigen::Isometry3d> world_from_camera)
      : inner_(inner), world_from_camera_(std::move(world_from_camera)) {}
  int input_size() const override { return inner_.input_size(); }
  SquareFilter input_filter() const override { return inner_.input_filter(); }
  bool relates_cameras() const override { return true; }
  SceneEstimate estimate(const torch::Tensor& images, const Progress& progress) override;

 private:
  SceneBranch& inner_;
  std::vector<Eigen::Isometry3d> world_from_camera_;  // of the first views
};

// The poses, each turned by a normal error of `radians` per axis and moved by one of the same size relative
// to the cameras' distance from their middle. The same seed makes the same errors, whatever their size.
std::vector<Eigen::Isometry3d> with_errors(std::vector<Eigen::Isometry3d> world_from_camera, double radians,
                                           std::uint64_t seed);

}  // namespace ahap

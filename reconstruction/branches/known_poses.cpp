#include "reconstruction/branches/known_poses.h"

#include <random>

#include "reconstruction/geometry/similarity.h"
#include "reconstruction/networks/eigen_conversion.h"

namespace ahap {

SceneEstimate KnownPoses::estimate(const torch::Tensor& images, const Progress& progress) {
  SceneEstimate scene = inner_.estimate(images, progress);
  scene.world_from_camera = torch::eye(4).repeat({images.size(0), 1, 1});
  for (int64_t v = 0; v < images.size(0); ++v) {
    const Eigen::Isometry3d& pose = world_from_camera_.at(v);
    scene.world_from_camera[v].slice(0, 0, 3).slice(1, 0, 3) = tensor_of(Eigen::Matrix3d(pose.linear()));
    scene.world_from_camera[v].slice(0, 0, 3).select(1, 3) = tensor_of(Eigen::Vector3d(pose.translation()));
  }
  return scene;
}

std::vector<Eigen::Isometry3d> with_errors(std::vector<Eigen::Isometry3d> world_from_camera, double radians,
                                           std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal;
  const auto vector = [&] {
    const double x = normal(random), y = normal(random), z = normal(random);
    return Eigen::Vector3d(x, y, z);
  };
  std::vector<Eigen::Vector3d> centers;
  for (const auto& pose : world_from_camera) centers.push_back(pose.translation());
  const double extent = mean_distance_from_middle(centers);
  for (auto& pose : world_from_camera) {
    const Eigen::Vector3d turn = radians * vector();
    if (turn.norm() > 0) pose.linear() = Eigen::AngleAxisd(turn.norm(), turn.normalized()) * pose.linear();
    pose.translation() += radians * extent * vector();
  }
  return world_from_camera;
}

}  // namespace ahap

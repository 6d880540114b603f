#pragma once

#include <Eigen/Core>
#include <Eigen/Geometry>
#include <random>
#include <vector>

#include "reconstruction/camera.h"

namespace ahap {

// Random geometry that depends on the seed alone.
class RandomGeometry {
 public:
  explicit RandomGeometry(unsigned seed) : engine_(seed) {}

  double uniform(double low, double high) {
    return std::uniform_real_distribution<double>(low, high)(engine_);
  }
  double normal(double sigma = 1) { return std::normal_distribution<double>(0, sigma)(engine_); }
  int integer(int low, int high) { return std::uniform_int_distribution<int>(low, high)(engine_); }
  bool chance(double probability) { return uniform(0, 1) < probability; }
  Eigen::Vector3d vector(double sigma = 1) { return {normal(sigma), normal(sigma), normal(sigma)}; }
  Eigen::Matrix3d small_rotation(double sigma) {
    const Eigen::Vector3d v = vector(sigma);
    return Eigen::AngleAxisd(v.norm(), v.normalized()).toRotationMatrix();
  }
  Eigen::Isometry3d pose(double spread = 1) {
    const Eigen::Vector4d q(normal(), normal(), normal(), normal());
    Eigen::Isometry3d pose = Eigen::Isometry3d::Identity();
    pose.linear() = Eigen::Quaterniond(q.normalized()).toRotationMatrix();
    pose.translation() = vector(spread);
    return pose;
  }
  std::vector<Eigen::Vector3d> points(int n, double spread = 1) {
    std::vector<Eigen::Vector3d> points;
    for (int i = 0; i < n; ++i) points.push_back(vector(spread));
    return points;
  }
  std::mt19937& engine() { return engine_; }

 private:
  std::mt19937 engine_;
};

// A camera at `center` that looks at `target`, upright in a Y-up world.
inline Camera camera_looking_at(const Eigen::Vector3d& center, const Eigen::Vector3d& target,
                                double horizontal_fov = 1.0, int width = 640, int height = 480) {
  Camera camera;
  camera.width = width;
  camera.height = height;
  camera.K = intrinsics_from_fov(horizontal_fov, width, height);
  const Eigen::Vector3d z = (target - center).normalized();
  const Eigen::Vector3d x = z.cross(Eigen::Vector3d::UnitY()).normalized();
  camera.world_from_camera.linear().col(0) = x;
  camera.world_from_camera.linear().col(1) = z.cross(x);
  camera.world_from_camera.linear().col(2) = z;
  camera.world_from_camera.translation() = center;
  return camera;
}

}  // namespace ahap

#include "reconstruction/chromm/view_fusion.h"

#include <Eigen/Dense>
#include <optional>
#include <vector>

namespace ahap {
namespace {

constexpr double kParallel = 1e-3;  // least eigenvalue: two rays at an angle of 3.6 degrees

// x of sum (I - d d^T) x = sum (I - d d^T) c.
std::optional<Eigen::Vector3d> nearest_to_rays(std::span<const ViewState> views) {
  Eigen::Matrix3d A = Eigen::Matrix3d::Zero();
  Eigen::Vector3d b = Eigen::Vector3d::Zero();
  for (const ViewState& view : views) {
    const Eigen::Vector3d d = (view.head - view.camera_center).normalized();
    const Eigen::Matrix3d across = (Eigen::Matrix3d::Identity() - d * d.transpose()) / double(views.size());
    A += across;
    b += across * view.camera_center;
  }
  if (!(Eigen::SelfAdjointEigenSolver<Eigen::Matrix3d>(A).eigenvalues()[0] >= kParallel)) return std::nullopt;
  const Eigen::Vector3d x = A.ldlt().solve(b);
  for (const ViewState& view : views)
    if ((x - view.camera_center).dot(view.head - view.camera_center) <= 0) return std::nullopt;
  return x;
}

}  // namespace

FusedState fuse_views(std::span<const ViewState> views) {
  FusedState fused;
  std::vector<BodyParameters> bodies;
  for (const ViewState& view : views) {
    bodies.push_back(view.body);
    fused.head += view.head / double(views.size());
  }
  fused.body = fuse_bodies(bodies);
  if (const auto head = nearest_to_rays(views)) {
    fused.head = *head;
    fused.triangulated = true;
  }
  return fused;
}

}  // namespace ahap

#include "reconstruction/branches/pi3/pi3_conditions.h"

#include <Eigen/LU>
#include <sstream>
#include <stdexcept>

#include "reconstruction/networks/eigen_conversion.h"
#include "reconstruction/networks/precision.h"

namespace ahap {
namespace {

constexpr int kMatrixGroups = 8;  // of 4 channels
constexpr int kPositionBands = 8;
constexpr double kPositionBase = 100;
constexpr double kDivisor = 1e-8, kRayDivisor = 1e-6;  // keep divisors from 0, as in training
constexpr double kSmallestMove = 0.02;  // of the cameras, below which their distances are left as they are
constexpr double kRigidTolerance = 1e-3;

// (..., 4, 4)
torch::Tensor inverse_pose(const torch::Tensor& pose) {
  const auto Rt = pose.narrow(-2, 0, 3).narrow(-1, 0, 3).transpose(-2, -1);
  const auto t = pose.narrow(-2, 0, 3).narrow(-1, 3, 1);
  return torch::cat({torch::cat({Rt, -torch::matmul(Rt, t)}, -1), pose.narrow(-2, 3, 1)}, -2);
}

void require_condition_shape(const char* what, const torch::Tensor& tensor,
                             const std::vector<std::int64_t>& shape) {
  if (!tensor.defined() || tensor.sizes() == torch::IntArrayRef(shape)) return;
  std::ostringstream text;
  text << "The " << what << " given to Pi3X have the shape " << tensor.sizes() << " instead of "
       << torch::IntArrayRef(shape) << ".";
  throw std::runtime_error(text.str());
}

void require_rigid(const torch::Tensor& poses) {
  const auto R = poses.narrow(-2, 0, 3).narrow(-1, 0, 3);
  const auto last = torch::tensor({0.f, 0.f, 0.f, 1.f}, poses.options());
  const auto difference =
      torch::maximum((torch::matmul(R, R.transpose(-2, -1)) - torch::eye(3, poses.options())).abs().max(),
                     (poses.select(-2, 3) - last).abs().max());
  const auto determinant = (torch::cross(R.select(-2, 0), R.select(-2, 1), -1) * R.select(-2, 2)).sum(-1);
  const bool rigid = difference.item<float>() < kRigidTolerance && determinant.min().item<float>() > 0;
  if (!rigid || !torch::isfinite(poses).all().item<bool>()) {
    throw std::runtime_error(
        "The camera poses given to Pi3X must be camera-to-world matrices of a rotation and a translation.");
  }
}

// The views (n) int64 in which something given is to be used; undefined when there are none.
torch::Tensor views_of(const torch::Tensor& given, const torch::Tensor& mask, std::int64_t views) {
  if (!given.defined()) return {};
  if (!mask.defined()) return torch::arange(views, torch::kLong);
  const auto chosen = torch::nonzero(mask.to(torch::kCPU)).flatten();
  return chosen.numel() > 0 ? chosen : torch::Tensor();
}

// (V, H, W, 3) at depth 1, through the pixels' centres.
torch::Tensor rays_of(const torch::Tensor& K, std::int64_t height, std::int64_t width) {
  std::vector<torch::Tensor> inverse;
  for (std::int64_t v = 0; v < K.size(0); ++v) {
    const Eigen::Matrix3d matrix = matrix3(K[v]);
    const Eigen::FullPivLU<Eigen::Matrix3d> lu(matrix);
    if (!matrix.allFinite() || !lu.isInvertible())
      throw std::runtime_error("The intrinsics given to Pi3X must be matrices that can be inverted.");
    inverse.push_back(tensor_of(Eigen::Matrix3d(lu.inverse())));
  }
  const auto y = (torch::arange(height, torch::kFloat) + 0.5).unsqueeze(1).expand({height, width});
  const auto x = (torch::arange(width, torch::kFloat) + 0.5).expand({height, width});
  const auto pixels = torch::stack({x, y, torch::ones_like(x)}, -1).view({1, height * width, 3});
  return torch::matmul(pixels, torch::stack(inverse).transpose(1, 2)).unflatten(1, {height, width});
}

// Rays at depth 1, (V, 2, H, W).
torch::Tensor ray_map(const Pi3Conditions& conditions, std::int64_t height, std::int64_t width) {
  if (!conditions.rays.defined())
    return rays_of(conditions.K, height, width).slice(-1, 0, 2).permute({0, 3, 1, 2});
  const auto rays = conditions.rays.to(torch::kFloat);
  return (rays.slice(-1, 0, 2) / (rays.slice(-1, 2, 3) + kRayDivisor)).permute({0, 3, 1, 2});
}

}  // namespace

Pi3Prior prepare_conditions(const Pi3Conditions& conditions, std::int64_t views, std::int64_t height,
                            std::int64_t width) {
  require_condition_shape("depths", conditions.depth, {views, height, width});
  require_condition_shape("intrinsics", conditions.K, {views, 3, 3});
  require_condition_shape("rays", conditions.rays, {views, height, width, 3});
  require_condition_shape("camera poses", conditions.world_from_camera, {views, 4, 4});
  for (const auto* mask : {&conditions.use_depth, &conditions.use_rays, &conditions.use_poses})
    require_condition_shape("masks", *mask, {views});

  Pi3Prior prior;
  prior.ray_views =
      views_of(conditions.rays.defined() ? conditions.rays : conditions.K, conditions.use_rays, views);
  if (prior.ray_views.defined())
    prior.rays = ray_map(conditions, height, width).index_select(0, prior.ray_views);

  torch::Tensor depth, mean = torch::ones({});
  if (conditions.depth.defined()) {
    depth = conditions.depth.to(torch::kFloat);
    depth = torch::where(torch::isfinite(depth) & (depth > 0), depth, torch::zeros_like(depth));
    const auto known = depth.masked_select(depth > 0);
    if (known.numel() > 0) mean = known.mean();
    depth = depth / (mean + kDivisor);
  }
  prior.depth_views = views_of(depth, conditions.use_depth, views);

  if (conditions.world_from_camera.defined()) {
    const auto poses = conditions.world_from_camera.to(torch::kFloat);
    require_rigid(poses);
    prior.first_from_camera = torch::matmul(inverse_pose(poses[0]), poses);
    auto centers = prior.first_from_camera.slice(1, 0, 3).select(2, 3);
    centers.div_(mean);
    const auto moves = centers.slice(0, 1).norm(2, {1});
    if (!prior.depth_views.defined() && views > 1 && moves.max().item<float>() >= kSmallestMove)
      centers.div_(moves.mean() + kDivisor);
    prior.pose_views = views_of(prior.first_from_camera, conditions.use_poses, views);
    if (prior.pose_views.defined() && prior.pose_views.numel() < 2) prior.pose_views.reset();
  }
  if (prior.depth_views.defined()) {
    depth = depth.index_select(0, prior.depth_views);
    prior.depth = torch::stack({depth, (depth > 0).to(torch::kFloat)}, 1);
  }
  return prior;
}

CameraEncoding::CameraEncoding(const torch::Tensor& world_from_camera, std::int64_t rows,
                               std::int64_t columns)
    : camera_from_world_(inverse_pose(world_from_camera)), world_from_camera_(world_from_camera) {
  const std::int64_t views = world_from_camera.size(0);
  const auto real = world_from_camera.options().dtype(torch::kDouble);
  const auto column = torch::arange(columns, real).expand({rows, columns}).flatten();
  const auto row = torch::arange(rows, real).unsqueeze(1).expand({rows, columns}).flatten();
  const auto frequency =
      torch::pow(kPositionBase, -torch::arange(kPositionBands, real) / double(kPositionBands));
  const auto angles = (torch::stack({column, row}, 1).unsqueeze(-1) * frequency).repeat({views, 1, 1});
  cos_ = angles.cos().to(torch::kFloat);
  sin_ = angles.sin().to(torch::kFloat);
}

torch::Tensor CameraEncoding::queries(const torch::Tensor& x) const {
  return apply(x, camera_from_world_.transpose(1, 2), sin_);
}

torch::Tensor CameraEncoding::keys_and_values(const torch::Tensor& x) const {
  return apply(x, world_from_camera_, sin_);
}

torch::Tensor CameraEncoding::attended(const torch::Tensor& x) const {
  return apply(x, camera_from_world_, -sin_);
}

// Groups g of four channels become A g with the matrix A of the token's view; pairs (a, b) of the others turn
// by the angle of their position.
torch::Tensor CameraEncoding::apply(const torch::Tensor& x, const torch::Tensor& matrices,
                                    const torch::Tensor& sine) const {
  const Float32Scope exact;
  const auto channels = x.to(torch::kFloat);
  const std::int64_t split = 4 * kMatrixGroups, views = matrices.size(0);
  const auto groups = channels.slice(-1, 0, split)
                          .unflatten(-1, {kMatrixGroups, 4})
                          .unflatten(-3, {views, x.size(-2) / views});  // (B, heads, M, P, 8, 4)
  const auto moved = torch::matmul(groups, matrices.transpose(1, 2).unsqueeze(1)).flatten(-2).flatten(-3, -2);
  const auto parts = channels.slice(-1, split).unflatten(-1, {2, 2, kPositionBands});
  const auto a = parts.select(-2, 0), b = parts.select(-2, 1);
  const auto turned = torch::stack({cos_ * a + sine * b, cos_ * b - sine * a}, -2).flatten(-3);
  return torch::cat({moved, turned}, -1);
}

torch::Tensor PoseInjectionImpl::forward(const torch::Tensor& patches, const CameraEncoding& cameras) {
  const auto x = patches.reshape({1, -1, patches.size(2)});
  const auto [q, k, v] = attn->queries_keys_values(norm1(x));
  const auto attended =
      attend_by_rows(cameras.queries(q), cameras.keys_and_values(k), cameras.keys_and_values(v));
  const auto added = gamma1 * attn->project(cameras.attended(attended)) + gamma2 * mlp(norm2(x));
  return added.view(patches.sizes());
}

}  // namespace ahap

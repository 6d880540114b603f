#include "reconstruction/branches/human3r/frame_geometry.h"

#include <algorithm>

#include "reconstruction/networks/rotations.h"

namespace ahap {
namespace {

constexpr double kShortest = 1e-8;
constexpr int kWeiszfeldRounds = 10;

}  // namespace

torch::Tensor stretched(const torch::Tensor& v) {
  const auto length = v.norm(2, {-1}, /*keepdim=*/true);
  return v / length.clamp_min(kShortest) * torch::expm1(length);
}

torch::Tensor decode_pose(const torch::Tensor& raw) {
  auto quaternion = raw.slice(0, 3, 7);
  quaternion = quaternion / quaternion.norm();
  if (quaternion[0].item<float>() < 0) quaternion = -quaternion;
  return torch::cat({stretched(raw.slice(0, 0, 3)), quaternion});
}

torch::Tensor world_from_camera_of(const torch::Tensor& pose) {
  auto matrix = torch::eye(4, pose.options());
  matrix.slice(0, 0, 3).slice(1, 0, 3).copy_(
      matrix_from_quaternion(torch::cat({pose.slice(0, 4, 7), pose.slice(0, 3, 4)})));
  matrix.slice(0, 0, 3).select(1, 3).copy_(pose.slice(0, 0, 3));
  return matrix;
}

double focal_of_points(const torch::Tensor& points) {
  const std::int64_t H = points.size(0), W = points.size(1);
  const auto real = points.options().dtype(torch::kDouble);
  const auto y = (torch::arange(H, real) - double(H / 2)).unsqueeze(1).expand({H, W});
  const auto x = (torch::arange(W, real) - double(W / 2)).expand({H, W});
  const auto pixel = torch::stack({x, y}, -1);
  const auto X = points.to(torch::kDouble);
  const auto ray = (X.slice(-1, 0, 2) / X.slice(-1, 2, 3)).nan_to_num(0, 0, 0);
  const auto along = (pixel * ray).sum(-1), squared = (ray * ray).sum(-1);
  auto focal = along.sum() / squared.sum();
  for (int round = 0; round < kWeiszfeldRounds; ++round) {
    const auto weight = 1 / (pixel - focal * ray).norm(2, {-1}).clamp_min(kShortest);
    focal = (weight * along).sum() / (weight * squared).sum();
  }
  const double found = focal.item<double>();
  return found > 0 ? found : 0;
}

torch::Tensor ChunkedWorld::place(const torch::Tensor& chunk_from_camera) const {
  return torch::matmul(world_from_chunk_, chunk_from_camera.to(torch::kCPU, torch::kDouble));
}

void ChunkedWorld::next_chunk(const torch::Tensor& chunk_from_camera) {
  world_from_chunk_ = place(chunk_from_camera);
}

}  // namespace ahap

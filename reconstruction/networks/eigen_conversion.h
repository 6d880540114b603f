#pragma once

#include <torch/torch.h>

#include <Eigen/Core>
#include <Eigen/Geometry>
#include <vector>

namespace ahap {

// Between tensors and Eigen, any float type and device on the tensors' side.

inline Eigen::Matrix3d matrix3(const torch::Tensor& t) {
  const auto m = t.detach().to(torch::kDouble).cpu().contiguous();
  return Eigen::Map<const Eigen::Matrix<double, 3, 3, Eigen::RowMajor>>(m.data_ptr<double>());
}

inline Eigen::Vector3d vector3(const torch::Tensor& t) {
  const auto v = t.detach().to(torch::kDouble).cpu().contiguous();
  return Eigen::Map<const Eigen::Vector3d>(v.data_ptr<double>());
}

// A rigid motion, (3 or 4, 4) -> its rotation made exact.
inline Eigen::Isometry3d isometry3(const torch::Tensor& t) {
  Eigen::Isometry3d motion = Eigen::Isometry3d::Identity();
  motion.linear() =
      Eigen::Quaterniond(matrix3(t.slice(0, 0, 3).slice(1, 0, 3))).normalized().toRotationMatrix();
  motion.translation() = vector3(t.slice(0, 0, 3).select(1, 3));
  return motion;
}

// (N, 3) -> N points.
inline std::vector<Eigen::Vector3d> points3(const torch::Tensor& t) {
  const auto m = t.detach().to(torch::kDouble).cpu().contiguous();
  std::vector<Eigen::Vector3d> points;
  for (int64_t i = 0; i < m.size(0); ++i) {
    points.push_back(Eigen::Map<const Eigen::Vector3d>(m.data_ptr<double>() + 3 * i));
  }
  return points;
}

// (N, 2) -> N points.
inline std::vector<Eigen::Vector2d> points2(const torch::Tensor& t) {
  const auto m = t.detach().to(torch::kDouble).cpu().contiguous();
  std::vector<Eigen::Vector2d> points;
  for (int64_t i = 0; i < m.size(0); ++i) {
    points.push_back(Eigen::Map<const Eigen::Vector2d>(m.data_ptr<double>() + 2 * i));
  }
  return points;
}

inline std::vector<double> doubles(const torch::Tensor& t) {
  const auto v = t.detach().to(torch::kDouble).cpu().contiguous();
  return {v.data_ptr<double>(), v.data_ptr<double>() + v.numel()};
}

inline std::vector<int> integers(const torch::Tensor& t) {
  const auto v = t.detach().to(torch::kLong).cpu().contiguous();
  return {v.data_ptr<int64_t>(), v.data_ptr<int64_t>() + v.numel()};
}

// float32
inline torch::Tensor tensor_of(const Eigen::Matrix3d& M) {
  const Eigen::Matrix<float, 3, 3, Eigen::RowMajor> rows = M.cast<float>();
  return torch::from_blob(const_cast<float*>(rows.data()), {3, 3}).clone();
}

inline torch::Tensor tensor_of(const Eigen::Vector3d& v) {
  const Eigen::Vector3f f = v.cast<float>();
  return torch::from_blob(const_cast<float*>(f.data()), {3}).clone();
}

inline torch::Tensor tensor_of(const std::vector<Eigen::Vector3d>& points) {
  auto result = torch::zeros({int64_t(points.size()), 3});
  auto at = result.accessor<float, 2>();
  for (std::size_t i = 0; i < points.size(); ++i) {
    for (int k = 0; k < 3; ++k) at[i][k] = float(points[i][k]);
  }
  return result;
}

}  // namespace ahap

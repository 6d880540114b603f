#pragma once

#include <torch/torch.h>

// Rotations on tensors, any leading axes "...". Everything is differentiable, also at rotations by 0 and by
// pi. Matrices act on column vectors. Quaternions are (x, y, z, w), Hamilton. Axis-angle vectors are in
// radians. 6D (Zhou et al. 2019): the first three numbers are the matrix' first column, the last three its
// second.
namespace ahap {

// (..., 6), not necessarily orthonormal -> (..., 3, 3), by Gram-Schmidt. Zero or parallel columns give no
// rotation.
inline torch::Tensor matrix_from_6d(const torch::Tensor& x) {
  namespace F = torch::nn::functional;
  const auto unit = F::NormalizeFuncOptions().dim(-1);
  const auto a1 = x.narrow(-1, 0, 3), a2 = x.narrow(-1, 3, 3);
  const auto b1 = F::normalize(a1, unit);
  const auto b2 = F::normalize(a2 - (b1 * a2).sum(-1, true) * b1, unit);
  const auto b3 = torch::cross(b1, b2, -1);
  return torch::stack({b1, b2, b3}, -1);
}

// (..., 3, 3) -> (..., 6)
inline torch::Tensor sixd_from_matrix(const torch::Tensor& R) {
  return torch::cat({R.select(-1, 0), R.select(-1, 1)}, -1);
}

// (..., 4), of any length but zero -> (..., 3, 3)
inline torch::Tensor matrix_from_quaternion(const torch::Tensor& q) {
  const auto x = q.select(-1, 0), y = q.select(-1, 1), z = q.select(-1, 2), w = q.select(-1, 3);
  const auto s = 2 / (q * q).sum(-1);
  return torch::stack({1 - s * (y * y + z * z), s * (x * y - z * w), s * (x * z + y * w),  //
                       s * (x * y + z * w), 1 - s * (x * x + z * z), s * (y * z - x * w),  //
                       s * (x * z - y * w), s * (y * z + x * w), 1 - s * (x * x + y * y)},
                      -1)
      .unflatten(-1, {3, 3});
}

// (..., 3, 3) -> unit (..., 4) with w >= 0. Derived from the largest of |x|, |y|, |z|, |w|, so nothing is
// divided by a small number (Shepperd 1978).
inline torch::Tensor quaternion_from_matrix(const torch::Tensor& R) {
  const auto m = [&](int row, int column) { return R.select(-2, row).select(-1, column); };
  const auto four_squared = torch::stack({1 + m(0, 0) - m(1, 1) - m(2, 2), 1 - m(0, 0) + m(1, 1) - m(2, 2),
                                          1 - m(0, 0) - m(1, 1) + m(2, 2), 1 + m(0, 0) + m(1, 1) + m(2, 2)},
                                         -1);
  const auto x = four_squared.select(-1, 0), y = four_squared.select(-1, 1), z = four_squared.select(-1, 2),
             w = four_squared.select(-1, 3);
  const auto xy = m(0, 1) + m(1, 0), xz = m(0, 2) + m(2, 0), yz = m(1, 2) + m(2, 1);
  const auto xw = m(2, 1) - m(1, 2), yw = m(0, 2) - m(2, 0), zw = m(1, 0) - m(0, 1);
  // Row c: the quaternion times four times its component c.
  const auto candidates = torch::stack({torch::stack({x, xy, xz, xw}, -1), torch::stack({xy, y, yz, yw}, -1),
                                        torch::stack({xz, yz, z, zw}, -1), torch::stack({xw, yw, zw, w}, -1)},
                                       -2);
  const auto largest = four_squared.argmax(-1, true);  // its value is at least 1
  const auto chosen =
      candidates.gather(-2, largest.unsqueeze(-1).expand_as(candidates.narrow(-2, 0, 1))).squeeze(-2);
  const auto q = chosen / (2 * four_squared.gather(-1, largest).sqrt());
  return torch::where(q.narrow(-1, 3, 1) < 0, -q, q);
}

// (..., 3) -> unit (..., 4)
inline torch::Tensor quaternion_from_axis_angle(const torch::Tensor& v) {
  const auto squared = (v * v).sum(-1, true);
  const auto is_small = squared < 1e-8;
  const auto angle = torch::where(is_small, torch::ones_like(squared), squared).sqrt();
  const auto half_sinc = torch::where(is_small, 0.5 - squared / 48, (angle / 2).sin() / angle);
  const auto w = torch::where(is_small, 1 - squared / 8, (angle / 2).cos());
  return torch::cat({v * half_sinc, w}, -1);
}

// Unit (..., 4) -> (..., 3), the shortest rotation: its length is at most pi.
inline torch::Tensor axis_angle_from_quaternion(const torch::Tensor& q) {
  const auto shortest = torch::where(q.narrow(-1, 3, 1) < 0, -q, q);
  const auto v = shortest.narrow(-1, 0, 3), w = shortest.narrow(-1, 3, 1);
  const auto squared = (v * v).sum(-1, true);
  const auto is_small = squared < 1e-8;
  const auto sine = torch::where(is_small, torch::ones_like(squared), squared).sqrt();
  const auto scale = torch::where(is_small, 2 + squared / 3, 2 * torch::atan2(sine, w) / sine);
  return v * scale;
}

// (..., 3) -> (..., 3, 3)
inline torch::Tensor matrix_from_axis_angle(const torch::Tensor& v) {
  return matrix_from_quaternion(quaternion_from_axis_angle(v));
}

// (..., 3, 3) -> (..., 3), of length at most pi; at exactly pi either sign of the axis is right.
inline torch::Tensor axis_angle_from_matrix(const torch::Tensor& R) {
  return axis_angle_from_quaternion(quaternion_from_matrix(R));
}

}  // namespace ahap

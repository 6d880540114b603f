#include "reconstruction/networks/rotations.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

namespace ahap {
namespace {

using std::numbers::pi;

double distance(const torch::Tensor& a, const torch::Tensor& b) {
  return (a - b).abs().max().item<double>();
}

// Axis-angle vectors of every length from 0 to pi.
torch::Tensor rotations() {
  torch::manual_seed(1);
  const auto axes = torch::nn::functional::normalize(torch::randn({200, 3}, torch::kFloat64),
                                                     torch::nn::functional::NormalizeFuncOptions().dim(-1));
  auto angles = torch::rand({200, 1}, torch::kFloat64) * pi;
  angles.narrow(0, 0, 8) =
      torch::tensor({0.0, 1e-12, 1e-6, 0.99e-4, 1.01e-4, pi - 1e-6, pi - 1e-12, pi}).unsqueeze(1);
  return axes * angles;
}

TEST(Rotations, ATurnAboutZTakesXToY) {
  const auto R = matrix_from_axis_angle(torch::tensor({0.0, 0.0, pi / 2}, torch::kFloat64));
  const auto expected = torch::tensor({{0.0, -1.0, 0.0}, {1.0, 0.0, 0.0}, {0.0, 0.0, 1.0}}, torch::kFloat64);
  EXPECT_LT(distance(R, expected), 1e-15);
}

TEST(Rotations, MatricesFollowRodrigues) {
  const auto v = rotations();
  const auto zero = torch::zeros_like(v.select(-1, 0));
  const auto x = v.select(-1, 0), y = v.select(-1, 1), z = v.select(-1, 2);
  const auto K = torch::stack({zero, -z, y, z, zero, -x, -y, x, zero}, -1).view({-1, 3, 3});
  const auto angle = v.norm(2, -1).clamp_min(1e-300).view({-1, 1, 1});
  const auto sine = (angle / 2).sin() / angle;  // 1 - cos(a) = 2 sin(a/2)^2 without cancellation
  const auto expected =
      torch::eye(3, torch::kFloat64) + angle.sin() / angle * K + 2 * sine * sine * K.matmul(K);
  EXPECT_LT(distance(matrix_from_axis_angle(v), expected), 1e-14);
}

TEST(Rotations, EveryRepresentationComesBackAsTheSameMatrix) {
  const auto R = matrix_from_axis_angle(rotations());
  EXPECT_LT(distance(matrix_from_axis_angle(axis_angle_from_matrix(R)), R), 1e-9);
  EXPECT_LT(distance(matrix_from_quaternion(quaternion_from_matrix(R)), R), 1e-12);
  EXPECT_LT(distance(matrix_from_6d(sixd_from_matrix(R)), R), 1e-12);
  EXPECT_LT(distance(matrix_from_quaternion(3 * quaternion_from_matrix(R)), R), 1e-12);
}

TEST(Rotations, AxisAnglesAreTheShortest) {
  const auto v = axis_angle_from_matrix(matrix_from_axis_angle(1.7 * rotations()));
  EXPECT_LE(v.norm(2, -1).max().item<double>(), pi + 1e-9);
  EXPECT_GE(
      quaternion_from_matrix(matrix_from_axis_angle(1.7 * rotations())).select(-1, 3).min().item<double>(),
      0);
}

TEST(Rotations, SixNumbersAreTwoColumns) {
  const auto R = matrix_from_6d(torch::tensor({0.0, 2.0, 0.0, 0.0, 5.0, 3.0}, torch::kFloat64));
  const auto expected = torch::tensor({{0.0, 0.0, 1.0}, {1.0, 0.0, 0.0}, {0.0, 1.0, 0.0}}, torch::kFloat64);
  EXPECT_LT(distance(R, expected), 1e-15);
}

TEST(Rotations, GradientsAreFiniteEverywhereAndRight) {
  const auto v = rotations().requires_grad_();
  // d(trace R)/dv = -2 sin|v| v/|v|
  const auto trace = matrix_from_axis_angle(v).diagonal(0, -2, -1).sum();
  const auto gradient = torch::autograd::grad({trace}, {v})[0];
  const auto angle = v.norm(2, -1, true).clamp_min(1e-300);
  EXPECT_LT(distance(gradient, -2 * angle.sin() * v / angle), 1e-9);

  const auto R = matrix_from_axis_angle(v).detach().requires_grad_();
  const auto through = axis_angle_from_matrix(R).sum();
  EXPECT_TRUE(torch::autograd::grad({through}, {R})[0].isfinite().all().item<bool>());
}

TEST(Rotations, AnyLeadingAxes) {
  EXPECT_EQ(matrix_from_6d(torch::randn({2, 3, 6})).sizes(), (std::vector<std::int64_t>{2, 3, 3, 3}));
  EXPECT_EQ(axis_angle_from_matrix(torch::eye(3)).sizes(), std::vector<std::int64_t>{3});
}

}  // namespace
}  // namespace ahap

#include "reconstruction/body/skinning.h"

#include <Eigen/Geometry>
#include <algorithm>
#include <array>
#include <cmath>
#include <complex>
#include <numeric>

#include "reconstruction/body/ramp.h"
#include "reconstruction/body/shape_space.h"

namespace ahap {
namespace {

using Eigen::Vector3d;

// How much of a point of the left or middle belongs to a joint's subtree rather than to its parent: a ramp
// across a plane through the place where the body bends.
struct Bend {
  int joint;
  Vector3d origin, normal;
  double half_width;
};

double beyond(const Bend& bend, const Vector3d& p) {
  return ramp(bend.normal.normalized().dot(p - bend.origin), -bend.half_width, bend.half_width);
}

// A joint turns by an angle t about an axis n; a point takes part with weight w. In the plane across n,
// written as complex numbers, skinning multiplies by m = 1 - w + w exp(i t), dual quaternions by d = exp(i s)
// with tan(s / 2) = w sin(t / 2) / (1 - w + w cos(t / 2)). The displacement before skinning that makes up for
// it is (d / m - 1) u = (alpha + i beta) u. Least squares over the angles: alpha = bend (1 - cos t), beta =
// turn sin t.
constexpr double kStrength = 0.6;  // between skinning, which caves in, and dual quaternions, which bulge

struct Correction {
  double bend, turn;
};

Correction correction(double w, double strength) {
  if (w <= 0 || w >= 1) return {0, 0};
  constexpr double largest_angle = 2.0;
  double alpha_c = 0, cc = 0, beta_s = 0, ss = 0;
  for (int i = 1; i <= 20; ++i) {
    const double t = largest_angle * i / 20, c = 1 - std::cos(t), s = std::sin(t);
    const double half = 2 * std::atan2(w * std::sin(t / 2), 1 - w + w * std::cos(t / 2));
    const std::complex<double> factor = std::polar(1.0, half) / (1 - w + w * std::polar(1.0, t)) - 1.0;
    alpha_c += factor.real() * c, cc += c * c;
    beta_s += factor.imag() * s, ss += s * s;
  }
  return {strength * alpha_c / cc, strength * beta_s / ss};
}

}  // namespace

SkinningWeights skinning_weights(const Vector3d& p) {
  static const Bend spine1{3, {0, -0.130, 0}, {0, 1, 0}, 0.075}, spine2{6, {0, -0.010, 0}, {0, 1, 0}, 0.065},
      spine3{9, {0, 0.075, 0}, {0, 1, 0}, 0.055}, neck{12, {0, 0.278, -0.015}, {0, 1, -0.1}, 0.045},
      head{15, {0, 0.345, 0.0}, {0, 0.75, 0.66}, 0.035}, collar{13, {0.080, 0.190, 0}, {0.85, 0.5, 0}, 0.065},
      shoulder{16, {0.172, 0.205, 0}, {1, 0, 0}, 0.055}, elbow{18, {0.440, 0, 0}, {1, 0, 0}, 0.040},
      wrist{20, {0.690, 0, 0}, {1, 0, 0}, 0.028}, hand{22, {0.782, 0, 0}, {1, 0, 0}, 0.020},
      hip{1, {0.085, -0.305, -0.005}, {0.35, -0.94, 0}, 0.085}, knee{4, {0, -0.690, 0}, {0, -1, 0}, 0.062},
      ankle{7, {0, -1.098, -0.030}, {0, -0.9, 0.35}, 0.035},
      foot{10, {0, -1.150, 0.092}, {0, -0.2, 1}, 0.030};
  SkinningWeights w = SkinningWeights::Zero();

  // Chains of one child: each takes its share of what its parent had.
  const auto pass_on = [&](int parent, const Bend& bend, int joint, const Vector3d& q) {
    w[joint] = w[parent] * beyond(bend, q);
    w[parent] -= w[joint];
  };
  w[0] = 1;
  const double left = ramp(p.x(), -0.025, 0.025), up = beyond(spine1, p);
  for (int side : {0, 1}) {
    const Vector3d q = side == 0 ? p : p.cwiseProduct(Vector3d(-1, 1, 1));
    w[1 + side] = beyond(hip, q) * (side == 0 ? left : 1 - left);
  }
  w[3] = up * (1 - w[1] - w[2]);
  w[0] = 1 - w[1] - w[2] - w[3];
  pass_on(3, spine2, 6, p);
  pass_on(6, spine3, 9, p);
  const double chest = w[9];
  w[12] = chest * beyond(neck, p) * (1 - ramp(std::abs(p.x()), 0.06, 0.12));
  for (int side : {0, 1}) {
    const Vector3d q = side == 0 ? p : p.cwiseProduct(Vector3d(-1, 1, 1));
    w[13 + side] = (chest - w[12]) * beyond(collar, q) * ramp(q.x(), 0.01, 0.06);
  }
  w[9] = chest - w[12] - w[13] - w[14];
  pass_on(12, head, 15, p);
  for (int side : {0, 1}) {
    const Vector3d q = side == 0 ? p : p.cwiseProduct(Vector3d(-1, 1, 1));
    pass_on(1 + side, knee, 4 + side, q);
    pass_on(4 + side, ankle, 7 + side, q);
    pass_on(7 + side, foot, 10 + side, q);
    pass_on(13 + side, shoulder, 16 + side, q);
    pass_on(16 + side, elbow, 18 + side, q);
    pass_on(18 + side, wrist, 20 + side, q);
    pass_on(20 + side, hand, 22 + side, q);
  }

  std::array<int, kSmplJoints> order;
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return w[a] > w[b]; });
  for (int i = 4; i < kSmplJoints; ++i) w[order[i]] = 0;
  return w / w.sum();
}

Eigen::Matrix<double, 3, 9 * (kSmplJoints - 1)> pose_correctives(const Vector3d& p,
                                                                 const SkinningWeights& weights) {
  Eigen::Matrix<double, 3, 9 * (kSmplJoints - 1)> rows =
      Eigen::Matrix<double, 3, 9 * (kSmplJoints - 1)>::Zero();
  SkinningWeights beyond_joint = weights;  // summed over each joint's subtree
  for (int j = kSmplJoints - 1; j > 0; --j) beyond_joint[kSmplParents[j]] += beyond_joint[j];
  for (int j = 1; j < kSmplJoints; ++j) {
    // Where two limbs of one parent share a point, as between the thighs, they mostly move together: nothing
    // is lost.
    double siblings = 0;
    for (int k = 1; k < kSmplJoints; ++k)
      if (k != j && kSmplParents[k] == kSmplParents[j]) siblings += beyond_joint[k];
    const double own = std::max(beyond_joint[j] - siblings, 0.0) / std::max(beyond_joint[j] + siblings, 1e-9);
    const auto [bend, turn] = correction(beyond_joint[j], kStrength * own * own);
    const Vector3d u = p - rest_joints()[j];
    // displacement = -bend (R + R' - 2 I) / 2 u + turn (R - R') / 2 u
    for (int a = 0; a < 3; ++a)
      for (int b = 0; b < 3; ++b) {
        rows(a, 9 * (j - 1) + 3 * a + b) += 0.5 * (turn - bend) * u[b];
        rows(a, 9 * (j - 1) + 3 * b + a) -= 0.5 * (turn + bend) * u[b];
      }
  }
  return rows;
}

}  // namespace ahap

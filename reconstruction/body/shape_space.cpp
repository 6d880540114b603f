#include "reconstruction/body/shape_space.h"

#include <algorithm>
#include <cmath>

#include "reconstruction/body/ramp.h"

namespace ahap {
namespace {

using Eigen::Vector3d;

double bump(double x, double center, double width) {
  return std::exp(-std::pow((x - center) / width, 2));
}

// How far x is beyond a, rounded over a +- w.
double beyond(double x, double a, double w) {
  const double t = std::clamp((x - a + w) / (2 * w), 0.0, 1.0);
  return 2 * w * (t * t * t - t * t * t * t / 2) + std::max(x - a - w, 0.0);
}

// How far x is into [a, b].
double within(double x, double a, double b, double w) {
  return beyond(x, a, w) - beyond(x, b, w);
}

// Regions of the rest pose, for x >= 0.
double arms(const Vector3d& p) {
  return ramp(p.x(), 0.14, 0.22) * ramp(p.y(), -0.05, 0.08);
}
double legs(const Vector3d& p) {
  return ramp(-p.y(), 0.28, 0.42);
}
double head(const Vector3d& p) {
  return ramp(p.y(), 0.29, 0.36) * (1 - ramp(p.x(), 0.12, 0.20));
}
double before_wrists(const Vector3d& p) {
  return 1 - ramp(p.x(), 0.62, 0.70);
}
double above_ankles(const Vector3d& p) {
  return 1 - ramp(-p.y(), 0.98, 1.09);
}

Vector3d from_arm_axis(const Vector3d& p) {
  return {0, p.y() - 0.212, p.z() + 0.026};
}

// Thighs grow outwards only, lest they meet.
Vector3d from_leg_axis(const Vector3d& p) {
  return {p.x() - 0.02 - 0.076 * ramp(-p.y(), 0.38, 0.68), 0, p.z() + 0.028 * ramp(-p.y(), 0.60, 0.95)};
}

Vector3d left_side_displacement(int beta, const Vector3d& p) {
  const Vector3d& pelvis = rest_joints()[0];
  const double x = p.x(), y = p.y(), z = p.z();
  switch (beta) {
    case 0:
      return 0.05 * (p - pelvis);
    case 1: {
      const double trunk = (1 - arms(p)) * (1 - legs(p)) * (1 - head(p));
      return arms(p) * before_wrists(p) * 0.065 * from_arm_axis(p) +
             legs(p) * above_ankles(p) * 0.06 * from_leg_axis(p) +
             trunk * Vector3d(0.055 * x, 0, 0.07 * z + 0.006 * bump(y, -0.10, 0.12) * ramp(z, 0, 0.1)) +
             head(p) * (1 - ramp(y, 0.36, 0.44)) * Vector3d(0.06 * x, 0, 0.02 * z);
    }
    case 2:
      return {0, -0.024 / 0.80 * within(-y, 0.29, 1.09, 0.04) - 0.024 / 0.28 * within(y, -0.19, 0.09, 0.05),
              0};
    case 3:
      return {0.045 * beyond(x, 0.19, 0.03) * ramp(y, -0.05, 0.08), 0, 0};
    case 4:
      return {0.014 * ramp(x, 0, 0.18) * ramp(y, -0.12, 0.16) * (1 - ramp(y, 0.28, 0.36)), 0, 0};
    case 5: {
      const double hips = ramp(y, -0.66, -0.30) * (1 - ramp(y, -0.28, -0.06));
      return {0.013 * hips * ramp(x, 0, 0.16), 0, -0.006 * hips * ramp(-z, 0, 0.1) * ramp(y, -0.42, -0.30)};
    }
    case 6: {
      const double waist = bump(y, -0.09, 0.11) * (1 - arms(p));
      return waist * Vector3d(0.007 * ramp(x, 0.03, 0.13), 0,
                              0.022 * ramp(z, 0, 0.09) * (1 - 0.6 * ramp(x, 0, 0.13)));
    }
    case 7: {
      const double chest = bump(y, 0.12, 0.11) * (1 - ramp(x, 0.10, 0.20));
      return chest * Vector3d(0.03 * x, 0, 0.013 * ramp(z, -0.02, 0.10) - 0.006 * ramp(-z, 0, 0.09));
    }
    case 8:
      return 0.045 * head(p) * (p - Vector3d(0, 0.32, 0));
    default:
      return arms(p) * before_wrists(p) * 0.10 * from_arm_axis(p) +
             ramp(-y, 0.30, 0.52) * above_ankles(p) * 0.07 * from_leg_axis(p);
  }
}

}  // namespace

const std::array<Vector3d, kSmplJoints>& rest_joints() {
  static const auto joints = [] {
    std::array<Vector3d, kSmplJoints> j;
    j[0] = {0, -0.220, -0.005};      // pelvis
    j[1] = {0.085, -0.290, -0.005};  // hip
    j[3] = {0, -0.120, -0.012};      // spine1
    j[4] = {0.098, -0.690, 0.002};   // knee
    j[6] = {0, 0.015, -0.018};       // spine2
    j[7] = {0.095, -1.095, -0.030};  // ankle
    j[9] = {0, 0.085, -0.014};       // spine3
    j[10] = {0.106, -1.153, 0.092};  // foot
    j[12] = {0, 0.280, -0.018};      // neck
    j[13] = {0.075, 0.195, -0.012};  // collar
    j[15] = {0, 0.358, 0.008};       // head
    j[16] = {0.172, 0.215, -0.020};  // shoulder
    j[18] = {0.440, 0.212, -0.029};  // elbow
    j[20] = {0.690, 0.212, -0.028};  // wrist
    j[22] = {0.780, 0.208, -0.026};  // hand
    for (int left : {1, 4, 7, 10, 13, 16, 18, 20, 22}) j[left + 1] = j[left].cwiseProduct(Vector3d(-1, 1, 1));
    return j;
  }();
  return joints;
}

Vector3d shape_displacement(int beta, const Vector3d& p) {
  const double side = p.x() < 0 ? -1 : 1;
  return Vector3d(side, 1, 1).cwiseProduct(left_side_displacement(beta, {std::abs(p.x()), p.y(), p.z()}));
}

}  // namespace ahap

#include "reconstruction/body/poser.h"

#include <Eigen/Geometry>
#include <algorithm>
#include <numbers>

namespace ahap {

using namespace body_joints;
using Eigen::Matrix3f;
using Eigen::Vector3f;

namespace {

// Orthonormal frame with its first axis along a and its second as close to b as possible.
Matrix3f frame(const Vector3f& a, const Vector3f& b) {
  Matrix3f F;
  F.col(0) = a.normalized();
  F.col(2) = F.col(0).cross(b).normalized();
  F.col(1) = F.col(2).cross(F.col(0));
  return F;
}

}  // namespace

Matrix3f rotation(float degrees, const Vector3f& axis) {
  return Eigen::AngleAxisf(degrees * std::numbers::pi_v<float> / 180, axis).toRotationMatrix();
}

Matrix3f rotation_x(float degrees) {
  return rotation(degrees, Vector3f::UnitX());
}

Matrix3f rotation_y(float degrees) {
  return rotation(degrees, Vector3f::UnitY());
}

Matrix3f rotation_z(float degrees) {
  return rotation(degrees, Vector3f::UnitZ());
}

Poser::Poser(const Skeleton& rest) : rest_(rest) {
  local.fill(Matrix3f::Identity());
  forward();
}

Vector3f Poser::rest(int joint) const {
  return rest_[joint] - rest_[pelvis];
}

float Poser::leg_length() const {
  return bone(left_hip, left_knee).norm() + bone(left_knee, left_ankle).norm();
}

float Poser::arm_length() const {
  return bone(left_shoulder, left_elbow).norm() + bone(left_elbow, left_wrist).norm();
}

void Poser::forward() {
  for (int j = 0; j < kSmplJoints; ++j) {
    const int parent = kSmplParents[j];
    orientation_[j] = parent < 0 ? local[j] : Matrix3f(orientation_[parent] * local[j]);
    position_[j] =
        parent < 0 ? Vector3f::Zero() : Vector3f(position_[parent] + orientation_[parent] * bone(parent, j));
  }
}

void Poser::leg(Side side, const Vector3f& ankle, const Vector3f& knee, const Matrix3f& foot) {
  two_bones(left_hip + side, left_knee + side, left_ankle + side, ankle, knee, Vector3f::UnitX());
  local[left_ankle + side] = orientation_[left_knee + side].transpose() * foot;
  forward();
}

void Poser::arm(Side side, const Vector3f& wrist, const Vector3f& elbow) {
  two_bones(left_shoulder + side, left_elbow + side, left_wrist + side, wrist, elbow,
            side == left ? Vector3f(-Vector3f::UnitY()) : Vector3f(Vector3f::UnitY()));
}

void Poser::two_bones(int top, int middle, int end, const Vector3f& target, const Vector3f& pole,
                      const Vector3f& hinge) {
  const Vector3f upper = bone(top, middle), lower = bone(middle, end);
  const float a = upper.norm(), b = lower.norm();
  const Vector3f reach = target - position_[top];
  const float c = std::clamp(reach.norm(), 0.35f * (a + b), 0.998f * (a + b));
  const Vector3f direction = reach.normalized();
  Vector3f axis = pole.cross(direction);
  if (axis.norm() < 1e-3f) axis = Vector3f(direction.y(), direction.z(), direction.x()).cross(direction);
  axis.normalize();
  const float bend = std::acos(std::clamp((a * a + c * c - b * b) / (2 * a * c), -1.f, 1.f));
  const Vector3f d1 = Eigen::AngleAxisf(-bend, axis) * direction;
  const Vector3f d2 = (direction * c - d1 * a).normalized();
  const Matrix3f R_top = frame(d1, axis) * frame(upper, hinge).transpose();
  const Matrix3f R_middle = frame(d2, axis) * frame(lower, hinge).transpose();
  local[top] = orientation_[kSmplParents[top]].transpose() * R_top;
  local[middle] = R_top.transpose() * R_middle;
  forward();
}

void bend_spine(Poser& body, float pitch, float yaw, float roll) {
  const float share[3] = {0.35f, 0.35f, 0.3f};
  const int joints[3] = {spine1, spine2, spine3};
  for (int i = 0; i < 3; ++i)
    body.local[joints[i]] =
        rotation_y(yaw * share[i]) * rotation_x(pitch * share[i]) * rotation_z(roll * share[i]);
  body.forward();
}

void look(Poser& body, float pitch, float yaw, float roll) {
  body.local[neck] = rotation_y(0.45f * yaw) * rotation_x(0.45f * pitch) * rotation_z(0.4f * roll);
  body.local[head] = rotation_y(0.55f * yaw) * rotation_x(0.55f * pitch) * rotation_z(0.6f * roll);
  body.forward();
}

void arm_by_chest(Poser& body, Side side, float out, float up, float front, const Vector3f& elbow) {
  const float s = side == left ? 1.f : -1.f, scale = body.arm_length();
  const Matrix3f& chest = body.orientation(spine3);
  const Vector3f middle = 0.5f * (body.position(left_shoulder) + body.position(right_shoulder));
  body.arm(side, middle + chest * (scale * Vector3f(s * out, up, front)),
           chest * Vector3f(s * elbow.x(), elbow.y(), elbow.z()));
}

}  // namespace ahap

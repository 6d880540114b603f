#pragma once

#include <Eigen/Core>
#include <array>

#include "reconstruction/body/random_poses.h"

namespace ahap {

// SMPL's joints by name.
namespace body_joints {
enum Joint {
  pelvis,
  left_hip,
  right_hip,
  spine1,
  left_knee,
  right_knee,
  spine2,
  left_ankle,
  right_ankle,
  spine3,
  left_foot,
  right_foot,
  neck,
  left_collar,
  right_collar,
  head,
  left_shoulder,
  right_shoulder,
  left_elbow,
  right_elbow,
  left_wrist,
  right_wrist
};
using Side = int;  // added to a left joint
constexpr Side left = 0, right = 1;
}  // namespace body_joints

Eigen::Matrix3f rotation(float degrees, const Eigen::Vector3f& axis);
Eigen::Matrix3f rotation_x(float degrees);
Eigen::Matrix3f rotation_y(float degrees);
Eigen::Matrix3f rotation_z(float degrees);

// A skeleton being posed; positions are relative to the pelvis, the body faces +Z.
class Poser {
 public:
  explicit Poser(const Skeleton& rest);

  const Eigen::Vector3f& position(int joint) const { return position_[joint]; }
  const Eigen::Matrix3f& orientation(int joint) const { return orientation_[joint]; }
  Eigen::Vector3f rest(int joint) const;
  float leg_length() const;
  float arm_length() const;

  // Positions and orientations from `local`.
  void forward();

  // Puts the ankle at a target, the knee towards `knee`, the foot in the given world orientation.
  void leg(body_joints::Side side, const Eigen::Vector3f& ankle, const Eigen::Vector3f& knee,
           const Eigen::Matrix3f& foot);
  void arm(body_joints::Side side, const Eigen::Vector3f& wrist, const Eigen::Vector3f& elbow);

  std::array<Eigen::Matrix3f, kSmplJoints> local;  // relative to the parent

 private:
  Eigen::Vector3f bone(int from, int to) const { return rest_[to] - rest_[from]; }

  // Two-bone inverse kinematics: the middle joint bends about the axis that is `hinge` at rest.
  void two_bones(int top, int middle, int end, const Eigen::Vector3f& target, const Eigen::Vector3f& pole,
                 const Eigen::Vector3f& hinge);

  Skeleton rest_;
  std::array<Eigen::Matrix3f, kSmplJoints> orientation_;
  std::array<Eigen::Vector3f, kSmplJoints> position_;
};

// Bends the spine; degrees in total, shared by its joints. pitch forwards, roll to the right, yaw to the
// left.
void bend_spine(Poser& body, float pitch, float yaw, float roll);

// Turns neck and head likewise.
void look(Poser& body, float pitch, float yaw, float roll);

// Wrist target in the frame of the chest, origin between the shoulders, x away from the body's middle, in arm
// lengths; the elbow points along `elbow`, in the same axes.
void arm_by_chest(Poser& body, body_joints::Side side, float out, float up, float front,
                  const Eigen::Vector3f& elbow);

}  // namespace ahap

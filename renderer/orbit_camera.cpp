#include "renderer/orbit_camera.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace ahap {

namespace {

constexpr float kRadiansPerPixel = 0.006f;  // of an orbiting drag
constexpr float kTransitionSeconds = 0.45f;
constexpr float kSteepest = 1.55f;  // radians; a little short of straight down, where yaw would flip

}  // namespace

Eigen::Matrix3f OrbitCamera::Turntable::axes() const {
  const Eigen::Vector3f forward(-std::cos(pitch) * std::sin(yaw), -std::sin(pitch),
                                -std::cos(pitch) * std::cos(yaw));
  const Eigen::Vector3f right(std::cos(yaw), 0, -std::sin(yaw));
  Eigen::Matrix3f axes;
  axes << right, forward.cross(right), forward;
  return axes;
}

Eigen::Isometry3f OrbitCamera::Turntable::world_from_camera() const {
  Eigen::Isometry3f pose = Eigen::Isometry3f::Identity();
  pose.linear() = axes();
  pose.translation() = pivot - distance * axes().col(2);
  return pose;
}

void OrbitCamera::set_turntable(const Turntable& turntable) {
  turntable_ = turntable;
  turntable_.pitch = std::clamp(turntable_.pitch, -kSteepest, kSteepest);
  through_.reset();
  transition_ = 1;
}

Eigen::Matrix3f OrbitCamera::turntable_intrinsics(const Size& viewport) {
  const float f = 0.5f * viewport.y() / std::tan(0.5f * kVerticalFov);
  Eigen::Matrix3f K;
  K << f, 0, viewport.x() / 2, 0, f, viewport.y() / 2, 0, 0, 1;
  return K;
}

Eigen::Matrix3f OrbitCamera::through_intrinsics(const Through& through, const Size& viewport) {
  const Eigen::Vector2f picture(through.camera.width, through.camera.height);
  const float fit = (viewport.array() / picture.array()).minCoeff();
  Eigen::Matrix3f K = through.camera.K.cast<float>();
  K.topRows<2>() *= fit * through.scale;
  K.block<2, 1>(0, 2) += through.scale * (viewport - fit * picture) / 2 + through.offset;
  return K;
}

OrbitCamera::Pose OrbitCamera::goal(const Size& viewport) const {
  if (through_)
    return {through_->camera.world_from_camera.cast<float>(), through_intrinsics(*through_, viewport)};
  return {turntable_.world_from_camera(), turntable_intrinsics(viewport)};
}

void OrbitCamera::start_transition() {
  turntable_before_ = turntable_;
  through_before_ = through_;
  transition_ = 0;
}

// Of the pivot, along the picture's camera's line of sight.
float OrbitCamera::distance_before_eye() const {
  const Eigen::Isometry3f pose = through_->camera.world_from_camera.cast<float>();
  return std::max(0.5f, pose.linear().col(2).dot(turntable_.pivot - pose.translation()));
}

Standpoint OrbitCamera::standpoint(const Size& viewport) const {
  return standpoint_of(view(viewport), through_ ? distance_before_eye() : turntable_.distance);
}

void OrbitCamera::take(const Standpoint& standpoint) {
  start_transition();
  through_.reset();
  turntable_ = {standpoint.pivot, standpoint.yaw, std::clamp(standpoint.pitch, -kSteepest, kSteepest),
                standpoint.distance};
}

// The turntable that looks where the picture's camera looks, around the point nearest to the middle of the
// scene.
void OrbitCamera::leave_to_present_view() {
  if (!through_) return;
  start_transition();
  const Eigen::Isometry3f pose = through_->camera.world_from_camera.cast<float>();
  const Eigen::Vector3f forward = pose.linear().col(2);
  turntable_.distance = distance_before_eye();
  turntable_.pivot = pose.translation() + turntable_.distance * forward;
  turntable_.pitch = std::clamp(std::asin(std::clamp(-forward.y(), -1.0f, 1.0f)), -kSteepest, kSteepest);
  turntable_.yaw = std::atan2(-forward.x(), -forward.z());
  through_.reset();
}

void OrbitCamera::orbit(const Eigen::Vector2f& drag) {
  leave_to_present_view();
  turntable_.yaw -= drag.x() * kRadiansPerPixel;
  turntable_.pitch = std::clamp(turntable_.pitch + drag.y() * kRadiansPerPixel, -kSteepest, kSteepest);
}

void OrbitCamera::pan(const Eigen::Vector2f& drag, const Size& viewport) {
  if (through_) {
    through_->offset += drag;
    return;
  }
  const float metres_per_pixel = turntable_.distance / turntable_intrinsics(viewport)(1, 1);
  turntable_.pivot -= metres_per_pixel * (turntable_.axes().leftCols<2>() * drag);
}

void OrbitCamera::zoom(float notches, const Eigen::Vector2f& cursor, const Size& viewport) {
  const float factor = std::pow(1.1f, notches);
  if (through_) {
    const float scale = std::clamp(through_->scale * factor, 0.5f, 40.0f);
    through_->offset = cursor - scale / through_->scale * (cursor - through_->offset);
    through_->scale = scale;
    return;
  }
  const float distance = std::clamp(turntable_.distance / factor, 0.05f, 500.0f);
  const Eigen::Matrix3f K = turntable_intrinsics(viewport);
  const Eigen::Vector2f from_middle = (cursor - K.block<2, 1>(0, 2)) / K(1, 1);
  turntable_.pivot += (turntable_.distance - distance) * (turntable_.axes().leftCols<2>() * from_middle);
  turntable_.distance = distance;
}

void OrbitCamera::fly(const Eigen::Vector3f& direction, float seconds) {
  leave_to_present_view();
  turntable_.pivot += turntable_.axes() * direction * turntable_.distance * seconds;
}

void OrbitCamera::fit(std::span<const Eigen::Vector3f> points, const Size& viewport) {
  if (points.empty()) return;
  start_transition();
  through_.reset();
  const Eigen::Matrix3f axes = turntable_.axes();
  const float focal = turntable_intrinsics(viewport)(1, 1);
  Eigen::AlignedBox3f box;  // camera axes
  for (const Eigen::Vector3f& point : points) box.extend(Eigen::Vector3f(axes.transpose() * point));
  Eigen::Vector3f pivot = box.center();
  for (int axis = 0; axis < 2; ++axis) {
    // The eye stands at the apex of the wedge that touches the outermost points: of the lines with the slope
    // of the picture's edge through every point, the outer ones meet there.
    const float slope = 0.84f * viewport[axis] / 2 / focal;  // a margin of 8 % on each side
    float low = std::numeric_limits<float>::max(), high = std::numeric_limits<float>::lowest();
    for (const Eigen::Vector3f& point : points) {
      const Eigen::Vector3f X = axes.transpose() * point;
      low = std::min(low, X[axis] + slope * X.z());
      high = std::max(high, X[axis] - slope * X.z());
    }
    pivot[axis] = (low + high) / 2;
    turntable_.distance =
        std::max(axis == 0 ? 0.3f : turntable_.distance, pivot.z() + (high - low) / (2 * slope));
  }
  turntable_.pivot = axes * pivot;
}

void OrbitCamera::focus(const Eigen::Vector3f& point) {
  leave_to_present_view();
  start_transition();
  turntable_.pivot = point;
}

void OrbitCamera::turn_to(float yaw, float pitch) {
  start_transition();
  through_.reset();
  turntable_.yaw = yaw;
  turntable_.pitch = std::clamp(pitch, -kSteepest, kSteepest);
}

void OrbitCamera::look_through(const Camera& camera) {
  start_transition();
  through_ = Through{camera};
}

void OrbitCamera::leave() {
  if (!through_) return;
  start_transition();
  through_.reset();
}

bool OrbitCamera::advance(float seconds) {
  transition_ = std::min(1.0f, transition_ + seconds / kTransitionSeconds);
  return transition_ < 1;
}

ViewTransform OrbitCamera::view(const Size& viewport) const {
  Pose pose = goal(viewport);
  if (transition_ < 1) {
    const float t = transition_ * transition_ * (3 - 2 * transition_);
    const Eigen::Isometry3f from = through_before_ ? through_before_->camera.world_from_camera.cast<float>()
                                                   : turntable_before_.world_from_camera();
    const Eigen::Matrix3f K_from =
        through_before_ ? through_intrinsics(*through_before_, viewport) : turntable_intrinsics(viewport);
    const Eigen::Quaternionf rotation =
        Eigen::Quaternionf(from.linear()).slerp(t, Eigen::Quaternionf(pose.world_from_camera.linear()));
    pose.world_from_camera.linear() = rotation.toRotationMatrix();
    pose.world_from_camera.translation() =
        (1 - t) * from.translation() + t * pose.world_from_camera.translation();
    pose.K = (1 - t) * K_from + t * pose.K;
  }
  return view_of_scene(pose.world_from_camera, pose.K, viewport, scene_);
}

}  // namespace ahap

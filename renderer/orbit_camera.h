#pragma once

#include <Eigen/Core>
#include <Eigen/Geometry>
#include <optional>
#include <span>

#include "reconstruction/camera.h"
#include "renderer/standpoint.h"
#include "renderer/view_transform.h"

namespace ahap {

// A turntable around a pivot in a world whose Y axis points up, or the exact view of a reconstructed camera.
// Drags and cursors are in pixels of the viewport (x right, y down). Dragging, zooming and flying act at
// once; fit, focus, look_through and leave move there smoothly while advance() is called.
class OrbitCamera {
 public:
  using Size = Eigen::Vector2f;
  static constexpr float kVerticalFov = 0.75f;  // radians, where it looks through no camera

  // Where it stands while it looks through no camera. Radians and metres.
  struct Turntable {
    Eigen::Vector3f pivot{0, 1, 0};
    float yaw = 0.6f;
    float pitch = 0.35f;
    float distance = 6;

    Eigen::Matrix3f axes() const;  // of the camera, in the world
    Eigen::Isometry3f world_from_camera() const;
  };
  const Turntable& turntable() const { return turntable_; }
  // At once.
  void set_turntable(const Turntable& turntable);

  void orbit(const Eigen::Vector2f& drag);
  void pan(const Eigen::Vector2f& drag, const Size& viewport);
  // One notch towards the scene is a factor of 1.1; what is under the cursor stays there.
  void zoom(float notches, const Eigen::Vector2f& cursor, const Size& viewport);
  // direction: camera axes (x right, y down, z forward), length 1 is one pivot distance a second.
  void fly(const Eigen::Vector3f& direction, float seconds);

  // All points in view, from the present direction, as near and as much in the middle as can be.
  void fit(std::span<const Eigen::Vector3f> points, const Size& viewport);
  // The point becomes the pivot in the middle of the picture; direction and distance stay.
  void focus(const Eigen::Vector3f& point);
  // Radians; pitch > 0 looks down from above; yaw 0 looks along -Z.
  void turn_to(float yaw, float pitch);

  // The picture of `camera` fills the viewport as far as its aspect allows; orbiting afterwards starts from
  // there.
  void look_through(const Camera& camera);
  void leave();  // back to the turntable as it was before look_through
  bool looking_through() const { return through_.has_value(); }

  // The present view for a film's camera.
  Standpoint standpoint(const Size& viewport) const;
  // Goes there smoothly; what of it no turntable has, is lost.
  void take(const Standpoint& standpoint);

  // What near and far plane must enclose.
  void set_scene(const Eigen::AlignedBox3f& box) { scene_ = box; }

  // Moves a transition on; true while there is one.
  bool advance(float seconds);
  void finish_transition() { transition_ = 1; }
  float transition() const { return transition_; }  // 0..1; 1: arrived

  ViewTransform view(const Size& viewport) const;
  const Eigen::Vector3f& pivot() const { return turntable_.pivot; }
  float distance() const { return turntable_.distance; }

 private:
  // A picture's camera and how far it is magnified: pixel = offset + scale * pixel of the fitted picture.
  struct Through {
    Camera camera;
    float scale = 1;
    Eigen::Vector2f offset{0, 0};
  };
  struct Pose {
    Eigen::Isometry3f world_from_camera;
    Eigen::Matrix3f K;  // pixels of the viewport
  };

  Pose goal(const Size& viewport) const;
  static Eigen::Matrix3f through_intrinsics(const Through& through, const Size& viewport);
  static Eigen::Matrix3f turntable_intrinsics(const Size& viewport);
  float distance_before_eye() const;
  void start_transition();
  void leave_to_present_view();

  Turntable turntable_;
  std::optional<Through> through_;
  Turntable turntable_before_;
  std::optional<Through> through_before_;
  float transition_ = 1;  // 0..1, from the state before to the present one
  Eigen::AlignedBox3f scene_{Eigen::Vector3f(-5, 0, -5), Eigen::Vector3f(5, 3, 5)};
};

}  // namespace ahap

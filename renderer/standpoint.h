#pragma once

#include <Eigen/Core>
#include <Eigen/Geometry>
#include <span>

#include "renderer/view_transform.h"

namespace ahap {

// A view of the world for a film's camera: the eye looks at a pivot from a distance. Radians and metres; yaw
// and pitch are those of OrbitCamera::Turntable, roll turns around the line of sight.
struct Standpoint {
  Eigen::Vector3f pivot{0, 1, 0};
  float yaw = 0, pitch = 0, roll = 0;
  float distance = 6;
  Eigen::Vector2f reach{0.5f, 0.4f};  // from the middle to the right and lower edge, at a distance of 1

  Eigen::Isometry3f world_from_camera() const;
  // On a target of this size, as large as all within `reach` has room there. scene: what near and far plane
  // must enclose.
  ViewTransform view(const Eigen::Vector2f& size, const Eigen::AlignedBox3f& scene) const;
};

// Of a view whose pivot lies this far before the eye.
Standpoint standpoint_of(const ViewTransform& view, float distance);

// The nearest standpoint with the same direction that sees all of these points, the pivot in the middle of
// the picture, whichever yaw it has.
Standpoint turned_around(std::span<const Eigen::Vector3f> points, float yaw, float pitch, float aspect);

// One stop of a camera's way, and how long it is from there to the next.
struct CameraStop {
  Standpoint standpoint;
  float seconds = 3;
};
float way_seconds(std::span<const CameraStop> stops);
// Where the camera is on its way (Catmull-Rom splines through the stops, in the angles and the distance), at
// rest at both ends. It turns the shorter way round. Needs a stop.
Standpoint on_way(std::span<const CameraStop> stops, float seconds);

}  // namespace ahap

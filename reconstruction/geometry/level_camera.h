#pragma once

#include <Eigen/Core>

namespace ahap {

// The rotation that turns a camera level: up becomes +Y, the horizontal part of the viewing direction -Z.
Eigen::Matrix3d level_from_camera(const Eigen::Vector3d& up);

// Yaw of the level camera in a world with Y up: it looks along (-sin yaw, 0, -cos yaw).
double level_yaw(const Eigen::Matrix3d& world_from_camera);

}  // namespace ahap

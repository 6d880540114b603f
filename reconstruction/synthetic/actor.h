#pragma once

#include <Eigen/Core>
#include <array>
#include <cstdint>
#include <vector>

#include "reconstruction/body/random_poses.h"
#include "reconstruction/smpl_parameters.h"
#include "reconstruction/synthetic/body_template.h"
#include "reconstruction/synthetic/outfit.h"
#include "reconstruction/synthetic/walk.h"

namespace ahap {

// One person: who, what pose, where.
struct Actor {
  Activity activity = Activity::stand;
  std::uint64_t pose_seed = 0;
  float pose_difficulty = 1;
  Outfit outfit;
  std::array<float, kSmplBetas> betas{};
  Eigen::Vector2f position{0, 0};  // of the pelvis on the floor plan (x, z)
  float yaw = 0;                   // about Y; 0 faces +Z
  float seat_height = 0;           // > 0: sits there

  // The pose of a frame.
  SmplParameters smpl;
  std::vector<Eigen::Vector3f> joints;    // 24, world
  std::vector<Eigen::Vector3f> vertices;  // world, with the thickness of clothes and hair
  std::vector<Eigen::Vector3f> normals;
  std::array<bool, 2> foot_contact{};  // left, right: the foot stands on the floor
};

// A body in the pose of its activity: pelvis over the origin, facing +Z, lowest point at y = 0.
struct PosedBody {
  BodyPose pose;
  std::vector<Eigen::Vector3f> vertices, joints;
  Eigen::Vector3f rest_pelvis;  // with these betas
};

// All people, `seconds` after the picture's moment.
std::vector<PosedBody> pose_bodies(const std::vector<Actor>& people, const BodyTemplate& figure,
                                   double seconds);

// Puts a posed body on its actor's place in the world and dresses it.
void place(Actor& actor, const PosedBody& body, const BodyTemplate& figure);

// Poses and dresses somebody who walks.
void place(Actor& actor, const WalkPose& pose, const BodyTemplate& figure);

}  // namespace ahap

#pragma once

#include <Eigen/Geometry>
#include <optional>
#include <vector>

#include "reconstruction/ahap/ahap_heads.h"
#include "reconstruction/body_layer/smpl.h"
#include "reconstruction/branches/human_branch.h"
#include "reconstruction/branches/scene_branch.h"
#include "reconstruction/camera.h"
#include "reconstruction/multiview/spatial_association.h"
#include "reconstruction/options.h"

namespace ahap {

// S is the side of the square input, pixels; "square pixels" are its pixels.

// Everybody's cameras. World: Y up.
struct CameraEstimates {
  std::vector<Camera> cameras;  // of the square input
  std::vector<bool> estimated;  // of each view
  std::vector<bool> used;  // of each detection: agrees with the cameras, and counts for bodies and places
  std::vector<bool> left_right_swapped;  // of each detection: its left is the person's right
  int reference_view = 0;
  std::optional<double>
      manhattan_yaw;  // of the room that the views' straight edges agree on (RefinedCameras)
};

// The ray frame of a pixel (geometry/ray_frame.h) in the cameras' world.
Eigen::Matrix3d world_from_ray(const Camera& camera, const Eigen::Vector2d& pixel);

// What the views say of the people in them, each view alone. `person`: of each detection.
struct SeenPeople {
  std::vector<PeopleView> views;
  std::vector<PeopleDetection> detections;
};
SeenPeople seen_people(const SceneEstimate& scene, const HumanEstimate& human, const std::vector<int>& person,
                       const Smpl& body, int S);

// Who is who by the learned association and by place (multiview/spatial_association.h), the latter where
// queries are seeded; where the scene branch does not know the cameras, they are found on the way. Needs the
// model's own heads.
struct AssociatedPeople {
  Identities identities;
  std::optional<SpatiallyAssociated> in_space;
};
AssociatedPeople associate_people(const SceneEstimate& scene, const HumanEstimate& human, AhapHeads& heads,
                                  const Smpl& body, int S);

// From the scene branch where it knows relative poses, else from the people
// (multiview/cameras_from_people.h), refined on their 2D joints unless `method` says not to; then the
// straight edges are looked at once more, with the room in mind that the cameras agree on. Replaces scene.K
// and metric scene.depth by those that follow the refined focal lengths.
CameraEstimates estimate_cameras(SceneEstimate& scene, HumanEstimate& human, const AssociatedPeople& people,
                                 const Smpl& body, int S, CameraMethod method);

}  // namespace ahap

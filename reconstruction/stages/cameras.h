#pragma once

#include <optional>
#include <vector>

#include "reconstruction/ahap/ahap_heads.h"
#include "reconstruction/camera.h"
#include "reconstruction/multiview/cameras_from_people.h"
#include "reconstruction/multiview/spatial_association.h"
#include "reconstruction/options.h"
#include "reconstruction/stages/branch_observations.h"

namespace ahap {

// Everybody's cameras. World: Y up.
struct Cameras {
  std::vector<Camera> views;    // of the square input
  std::vector<bool> estimated;  // of each view
  int reference_view = 0;
  std::optional<double> manhattan_yaw;  // that the views' straight edges agree on (RefinedCameras)

  const Camera& of(const SeenPerson& person) const { return views[person.view]; }
  bool placed(const SeenPerson& person) const { return estimated[person.view]; }
};

// The ray frame of a pixel (geometry/ray_frame.h) in the cameras' world.
Eigen::Matrix3d world_from_ray(const Camera& camera, const Eigen::Vector2d& pixel);

// A body with its root in the ray frame of a person's key point -> with the root in the cameras' world.
BodyParameters in_world(BodyParameters body, const SeenPerson& person, const Cameras& cameras);

// What the views say of the people in them, each view alone, as cameras are found from it. `person`: of each
// of seen.people, -1 for nobody.
struct PeopleGeometry {
  std::vector<PeopleView> views;
  std::vector<PeopleDetection> detections;
};
PeopleGeometry people_geometry(const BranchObservations& seen, const std::vector<int>& person);

// Who is who by the learned association and by place (multiview/spatial_association.h), the latter where
// queries are seeded by every detection; where the scene branch does not know the cameras, they are found on
// the way. Needs the model's own heads.
struct AssociatedPeople {
  Identities identities;  // of seen.people
  std::optional<SpatiallyAssociated> in_space;
};
AssociatedPeople associate_people(const SceneEstimate& scene, const HumanEstimate& human,
                                  const BranchObservations& seen, AhapHeads& heads, ActiveQueries rule);

// From the scene branch where it knows relative poses, else from the people
// (multiview/cameras_from_people.h), refined on their 2D joints unless `method` says not to; then the
// straight edges are looked at once more, with the Manhattan yaw in mind that the cameras agree on.
// Intrinsics follow the refined focal lengths; people who contradict the cameras are marked.
Cameras estimate_cameras(BranchObservations& seen, const AssociatedPeople& people, CameraMethod method);

}  // namespace ahap

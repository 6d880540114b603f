#pragma once

#include <torch/torch.h>

#include <Eigen/Geometry>
#include <optional>
#include <vector>

#include "reconstruction/alignment/cameras_from_people.h"
#include "reconstruction/alignment/ground.h"
#include "reconstruction/identity/linking_in_space.h"
#include "reconstruction/models.h"
#include "reconstruction/networks/square_input.h"
#include "reconstruction/pipeline.h"

namespace ahap {

// The steps of reconstruct() between the networks' tensors and the result. S is the side of the square input, pixels;
// "square pixels" are its pixels.

// Everybody's cameras. World: Y up.
struct CameraEstimates {
  std::vector<Camera> cameras;  // of the square input
  std::vector<bool> estimated;  // of each view
  std::vector<bool> used;       // of each detection: agrees with the cameras, and counts for bodies and places
  std::vector<bool> mirrored;   // of each detection: its left is the person's right
  int reference_view = 0;
  std::optional<double> room_yaw;  // of the room that the views' straight edges agree on (RefinedCameras)
};

// The ray frame of a pixel (human/ray_frame.h) in the cameras' world.
Eigen::Matrix3d world_from_ray(const Camera& camera, const Eigen::Vector2d& pixel);

// Takes new intrinsics (one per view) into scene.K. Metric depth and people's distances were computed with those before and
// move with the focal lengths.
void use_intrinsics(SceneEstimate& scene, HumanEstimate& human, const std::vector<Eigen::Matrix3d>& K);

// The people, in the cameras' world.
struct Bodies {
  torch::Tensor betas;      // (P, B) as the body layer takes them: SMPL's 10, or SMPL-X's with the expression
  torch::Tensor rotations;  // (P, J, 3, 3), pelvis in the world; J 24 or SMPL-X's 55
  torch::Tensor transl;     // (P, 3)
  torch::Tensor joints;     // (P, 24, 3) SMPL's
  torch::Tensor vertices;   // (P, V, 3)
  std::vector<int> reference;               // detection each person was decoded from
  std::vector<double> depth;                // of the key point in that view, metres
  std::vector<Eigen::Vector3d> keypoints;   // world
  std::vector<bool> triangulated;
  std::vector<double> residual;             // square pixels
};

// A picture that tells its own focal length is believed; metric depth estimated for another one moves with it.
void use_known_focal_lengths(const std::vector<View>& views, const std::vector<SquarePlacement>& placements,
                             SceneEstimate& scene);

// Whether a view's focal length is its picture's own; then it moves little from there.
bool focal_known(const SceneEstimate& scene, int view);
constexpr double kKnownFocalSigma = 0.01;  // relative

// What the views say of the people in them, each view alone. `person`: of each detection.
struct SeenPeople {
  std::vector<PeopleView> views;
  std::vector<PeopleDetection> detections;
};
SeenPeople seen_people(const SceneEstimate& scene, const HumanEstimate& human, const std::vector<int>& person,
                       const Smpl& body, int S);

// Who is who by the learned association and by place (identity/linking_in_space.h), the latter where queries are seeded;
// where the scene branch does not know the cameras, they are found on the way. Needs the model's own heads.
struct AssociatedPeople {
  Identities identities;
  std::optional<LinkedInSpace> in_space;
};
AssociatedPeople associate_people(const SceneEstimate& scene, const HumanEstimate& human, AhapHeads& heads, const Smpl& body,
                            int S);

// From the scene branch where it knows relative poses, else from the people (alignment/cameras_from_people.h), refined on
// their 2D joints unless `method` says not to; then the straight edges are looked at once more, with the room in mind that
// the cameras agree on. Replaces scene.K and metric scene.depth by those that follow the refined focal lengths.
CameraEstimates estimate_cameras(SceneEstimate& scene, HumanEstimate& human, const AssociatedPeople& people,
                                 const Smpl& body, int S, CameraMethod method);

// Equations 5-9 for every person. A person's reference view is one whose own orientation of the body agrees with most
// others, of these where the human branch expects the least error of itself, else where most people are seen or it scores
// highest; there its depth is decoded. Shape and rotations are decoded there, or in every view that agrees with it and
// averaged with the inverse squares of the expected errors as weights. Orientations are turned into the world by the views'
// cameras. Fills betas, rotations, reference, depth.
Bodies decode_people(const SceneEstimate& scene, const HumanEstimate& human, const Identities& identities,
                     const CameraEstimates& cameras, AhapHeads& heads, int S, bool every_view);

// Equation 15: key points by triangulation, else (or where that is not wanted) along the reference view's ray; bodies placed there by the SMPL joint
// that the key points show. Fills the rest.
void place_people(Bodies& bodies, const HumanEstimate& human, const std::vector<int>& person,
                  const CameraEstimates& cameras, const Smpl& body, int keypoint_joint, bool triangulate);

// Equation 14, per view because a single view's depth map has a scale of its own: metres per unit of scene.depth.
struct SceneScales {
  double all = 1;             // over all detections
  std::vector<double> views;  // of each view; the common one where a view shows nobody
};
SceneScales scene_scales(const SceneEstimate& scene, const HumanEstimate& human, const std::vector<int>& person,
                         const CameraEstimates& cameras, const Bodies& bodies, DepthScale rule);

// Gravity, floor and origin of the result's world.
WorldFrame find_world(const CameraEstimates& cameras, const SceneEstimate& scene, const Bodies& bodies,
                      const PointCloud& points);

// The plain values of the result, turned into the world; person ids by support.
void write_result(Reconstruction& result, const std::vector<View>& views, const std::vector<SquarePlacement>& placements,
                  const HumanEstimate& human, const Identities& identities, const CameraEstimates& cameras,
                  const Bodies& bodies, PointCloud points, const WorldFrame& world, const Smpl& body);

std::vector<Triangle> triangles_of(const Smpl& body);

// Persons' ids, 1-based, ordered by detection support: id of each row of identities.A.
std::vector<int> person_ids(const Identities& identities, const HumanEstimate& human);

}  // namespace ahap

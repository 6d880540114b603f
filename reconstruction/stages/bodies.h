#pragma once

#include <torch/torch.h>

#include <vector>

#include "reconstruction/stages/cameras.h"

namespace ahap {

// The people, in the cameras' world.
struct Bodies {
  torch::Tensor betas;      // (P, B) as the body layer takes them: SMPL's 10, or SMPL-X's with the expression
  torch::Tensor rotations;  // (P, J, 3, 3), pelvis in the world; J 24 or SMPL-X's 55
  torch::Tensor transl;     // (P, 3)
  torch::Tensor joints;     // (P, 24, 3) SMPL's
  torch::Tensor vertices;   // (P, V, 3)
  std::vector<int> reference;              // detection each person was decoded from
  std::vector<double> depth;               // of the key point in that view, metres
  std::vector<Eigen::Vector3d> keypoints;  // world
  std::vector<bool> triangulated;
  std::vector<double> residual;  // square pixels
};

// Equations 5-9 for every person. A person's reference view is one whose own orientation of the body agrees
// with most others, of these where the human branch expects the least error of itself, else where most people
// are seen or it scores highest; there its depth is decoded. Shape and rotations are decoded there, or in
// every view that agrees with it and averaged with the inverse squares of the expected errors as weights.
// Orientations are turned into the world by the views' cameras. Fills betas, rotations, reference, depth.
Bodies decode_people(const SceneEstimate& scene, const HumanEstimate& human, const Identities& identities,
                     const CameraEstimates& cameras, AhapHeads& heads, int S, bool every_view);

// Equation 15: key points by triangulation, else (or where that is not wanted) along the reference view's
// ray; bodies placed there by the SMPL joint that the key points show. Fills the rest.
void place_people(Bodies& bodies, const HumanEstimate& human, const std::vector<int>& person,
                  const CameraEstimates& cameras, const Smpl& body, int keypoint_joint, bool triangulate);

// Equation 14, per view because a single view's depth map has a scale of its own: metres per unit of
// scene.depth.
struct SceneScales {
  double all = 1;             // over all detections
  std::vector<double> views;  // of each view; the common one where a view shows nobody
};
SceneScales scene_scales(const SceneEstimate& scene, const HumanEstimate& human,
                         const std::vector<int>& person, const CameraEstimates& cameras, const Bodies& bodies,
                         DepthScale rule);

}  // namespace ahap

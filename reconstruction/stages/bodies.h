#pragma once

#include <vector>

#include "reconstruction/options.h"
#include "reconstruction/stages/cameras.h"
#include "reconstruction/stages/person_track.h"

namespace ahap {

// Equations 5-9 for every person. A person's reference view is one whose own orientation of the body agrees
// with most others, of these where the human branch expects the least error of itself, else where most people
// are seen or it scores highest; there its depth is decoded. Shape and rotations are decoded there, or in
// every view that agrees with it and averaged with the inverse squares of the expected errors as weights
// (`every_view`). Orientations are turned into the world by the views' cameras. Fills body, reference and
// depth.
struct HeadContext {
  const SceneEstimate& scene;
  const HumanEstimate& human;
  AhapHeads& heads;
  bool every_view = true;
};
void decode_people(const HeadContext& context, const BranchObservations& seen, const Cameras& cameras,
                   const torch::Tensor& person_features, std::vector<PersonTrack>& tracks);

// Equation 15: key points by triangulation, else (or where that is not wanted) along the reference view's
// ray; bodies placed there by the SMPL joint that the key points show. Fills the rest.
void place_people(const BranchObservations& seen, const Cameras& cameras, const Smpl& body, bool triangulate,
                  std::vector<PersonTrack>& tracks);

// Equation 14, per view because a single view's depth map has a scale of its own: metres per unit of its
// depth.
struct SceneScales {
  double all = 1;             // over all detections
  std::vector<double> views;  // of each view; the common one where a view shows nobody
};
SceneScales scene_scales(const BranchObservations& seen, const std::vector<PersonTrack>& tracks,
                         const Cameras& cameras, DepthScale rule);

}  // namespace ahap

#pragma once

#include "reconstruction/stages/bodies.h"

namespace ahap {

// The training-free association and fusion (multiview/geometric_association.h) as steps of reconstruct(): for
// models whose human branch estimates bodies by itself and whose scene branch relates the cameras.

// Equation 14 before anybody's identity is known: brings depth and camera positions of `scene` to metres by
// the detections' own depths. Returns metres per unit of the scene before; 1, changing nothing, where no
// detection tells.
double bring_to_metres(SceneEstimate& scene, const HumanEstimate& human);

// People are the same where their bodies stand and bend alike. Rows of A are even over a person's detections.
// keypoint_joint: SMPL joint that the key points show.
Identities associate_bodies(const HumanEstimate& human, const CameraEstimates& cameras, const Smpl& body,
                            int keypoint_joint);

// One body per person: shape and rotations averaged over its views, reference the detection that scores
// highest. Fills betas, rotations, reference, depth.
Bodies fuse_people(const HumanEstimate& human, const Identities& identities, const CameraEstimates& cameras);

}  // namespace ahap

#pragma once

#include <vector>

#include "reconstruction/stages/cameras.h"
#include "reconstruction/stages/person_track.h"

namespace ahap {

// The training-free association and fusion (multiview/geometric_association.h) as steps of reconstruct(): for
// models whose human branch estimates bodies by itself and whose scene branch relates the cameras.

// Equation 14 before anybody's identity is known: brings depth and camera positions to metres by the
// detections' own depths. Returns metres per unit of the scene before; 1, changing nothing, where no
// detection tells.
double bring_to_metres(BranchObservations& seen);

// People are the same where their bodies stand and bend alike. Rows of A are even over a person's detections.
Identities associate_bodies(const BranchObservations& seen, const Cameras& cameras, const Smpl& body);

// One body per person: shape and rotations averaged over its views, reference the detection that scores
// highest. Fills body, reference, depth.
void fuse_people(const BranchObservations& seen, const Cameras& cameras, std::vector<PersonTrack>& tracks);

}  // namespace ahap

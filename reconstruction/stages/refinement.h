#pragma once

#include <string>
#include <vector>

#include "reconstruction/stages/cameras.h"
#include "reconstruction/stages/person_track.h"

namespace ahap {

// The optional last step of reconstruct(): cameras, places and poses of all people adjusted together to the
// joints that the views saw (multiview/bundle_adjustment.h). So the poses of a scene branch that relates the
// views are fused with what people say of them, by the branch's confidences and the errors the human branch
// expects. Changes cameras, tracks and what goes with the focal lengths. Returns a sentence when nothing
// could be adjusted, else nothing.
std::string refine_people_and_cameras(BranchObservations& seen, const Smpl& body, Cameras& cameras,
                                      std::vector<PersonTrack>& tracks);

}  // namespace ahap

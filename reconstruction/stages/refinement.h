#pragma once

#include "reconstruction/stages/bodies.h"

namespace ahap {

// The optional last step of reconstruct(): cameras, places and poses of all people adjusted together to the
// joints that the views saw (multiview/bundle_adjustment.h). So the poses of a scene branch that relates the
// views are fused with what people say of them, by the branch's confidences and the errors the human branch
// expects. Changes cameras, bodies and what goes with the focal lengths. Returns a sentence when nothing
// could be adjusted, else nothing. keypoint_joint: SMPL joint that the key points show.
std::string refine_people_and_cameras(SceneEstimate& scene, HumanEstimate& human,
                                      const std::vector<int>& person, const Smpl& body, int keypoint_joint,
                                      CameraEstimates& cameras, Bodies& bodies);

}  // namespace ahap

#pragma once

#include "reconstruction/pipeline_steps.h"

namespace ahap {

// The optional last step of reconstruct(): cameras, places and poses of all people adjusted together to the joints that
// the views saw (alignment/bundle_adjustment.h). Changes scene.K, metric scene.depth, cameras and bodies. Returns a
// sentence when nothing could be adjusted, else nothing. keypoint_joint: SMPL joint that the key points show.
// single_views: the scene before estimate_cameras.
std::string refine_people_and_cameras(const SceneEstimate& single_views, SceneEstimate& scene, const HumanEstimate& human,
                                      const std::vector<int>& person, const Smpl& body, int keypoint_joint,
                                      CameraEstimates& cameras, Bodies& bodies);

}  // namespace ahap

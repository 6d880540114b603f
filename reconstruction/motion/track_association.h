#pragma once

#include <vector>

#include "reconstruction/motion/camera_ways.h"
#include "reconstruction/motion/tracked_frames.h"
#include "reconstruction/multiview/joint_association.h"
#include "reconstruction/progress.h"

namespace ahap {

// Who is who over time and in all views, from tracklets and cameras.
struct TrackIdentities {
  std::vector<int> identity;  // of each tracklet, from 0 in the order of support; -1: not in use
  int identities = 0;
  double gain = 0;  // by how much it is likelier than that everybody is somebody else: twice the difference
                    // of log likelihoods, mean over the frames looked at of each pair of views
};

// Two tracklets of different views gain by being one person what JointAssociation's likelihood says of the
// frames that both have (a few are looked at): points that the other explains, bodies' proportions, looks.
// Groups join by the largest mean gain (average linkage) and never hold two tracklets of one view at one
// time. Groups one after the other in time become one person where the places agree with the time between and
// the looks do not speak against it. Views without a pose take part by looks and time in their own view
// alone. ways: of the cameras that move; these are in `cameras` as at the origins of their ways. Throws
// Cancelled on request.
TrackIdentities identify_tracklets(const TrackedFrames& frames, const std::vector<ViewObservation>& views,
                                   const std::vector<AssociatedView>& cameras,
                                   const AssociationOptions& options = {}, const Progress& progress = {},
                                   const CameraWays& ways = {});

}  // namespace ahap

#pragma once

#include <vector>

#include "reconstruction/motion/track_association.h"

namespace ahap {

// Cameras that stand still, from everybody they saw over many frames.
struct RigCalibration {
  std::vector<int> frames;                // indices of those that took part, the most telling first
  std::vector<PersonObservation> people;  // that took part, of all these frames
  std::vector<Sighting> sightings;        // where each of them is from
  JointAssociation association;           // of `people`; a person of it is one person in one frame
  AssociationOptions options;             // that this adjustment and those which follow it take
  TrackIdentities identities;
};

struct RigOptions {
  AssociationOptions association;
  int most_frames = 4;   // in the adjustment
  int tried_frames = 3;  // from each of which cameras are sought anew
};

// Frames that say most: many people in many views, in places and poses that differ from those of the frames
// chosen before. Best first.
std::vector<int> telling_frames(const TrackedFrames& frames, int most);

// Seeks cameras and identities from single frames, takes those which explain all frames best, and adjusts the
// cameras to several frames at once. Errors of joints are alike in frames that follow one another, so the
// observations' standard deviations grow with the root of the number of frames. Views that share nobody with
// others have no pose. Throws Cancelled on request.
RigCalibration calibrate_rig(const TrackedFrames& frames, const std::vector<ViewObservation>& views,
                             const RigOptions& options = {}, const Progress& progress = {});

}  // namespace ahap

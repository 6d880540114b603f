#pragma once

#include <vector>

#include "reconstruction/geometry/ground.h"
#include "reconstruction/motion/track_association.h"
#include "reconstruction/multiview/placed_people.h"

namespace ahap {

// Where a camera stood: one that stands still once, one that moves in each of the frames that took part.
struct CameraStation {
  int camera = 0;
  int frame = 0;  // of one that moves: index
};

// Cameras from everybody they saw over many frames.
struct RigCalibration {
  std::vector<int> frames;                // indices of those that took part, the most telling first
  std::vector<CameraStation> stations;    // those of all cameras in their order, then the others
  std::vector<ViewObservation> views;     // of the stations
  std::vector<PersonObservation> people;  // that took part, of all these frames; `view`: the station
  std::vector<ObservationIndex> sources;  // where each of them is from
  JointAssociation association;  // of `people` and stations; a person of it is one person in one frame
  AssociationOptions options;    // that this adjustment and those which follow it take
  TrackIdentities identities;
};

struct RigOptions {
  AssociationOptions association;
  CameraWays ways;        // of the cameras that move
  int most_frames = 4;    // in the adjustment
  int tried_frames = 3;   // from each of which cameras are sought anew
  int frames_of_way = 6;  // of one camera that moves alone
};

// Frames that say most: many people in many views, in places and poses that differ from those of the frames
// chosen before. Best first.
std::vector<int> telling_frames(const TrackedFrames& frames, int most);

// Seeks cameras and identities from single frames, takes those which explain all frames best, and adjusts the
// cameras to several frames at once; a camera that moves has a pose of its own in each of them. Errors of
// joints are alike in frames that follow one another, so the observations' standard deviations grow with the
// root of the number of frames. Views that share nobody with others have no pose; where no two do and the one
// that shows most moves, its poses are those of its way. Throws Cancelled on request.
RigCalibration calibrate_rig(const TrackedFrames& frames, const std::vector<ViewObservation>& views,
                             const RigOptions& options = {}, const Progress& progress = {});

// Against gravity in the axes of each station, from those of the cameras in the most telling frame; empty:
// none are known.
std::vector<UpEstimate> ups_of_stations(const std::vector<UpEstimate>& of_cameras, const RigCalibration& rig,
                                        const CameraWays& ways);

// Turns the views of a scene from stations to cameras: those that move lie on their ways as in the most
// telling frame. Where each way lies in the world; its length is corrected, too.
std::vector<Eigen::Isometry3d> place_on_ways(const RigCalibration& rig, CameraWays& ways, PlacedScene& scene);

}  // namespace ahap
